/** The device's first configuration: two interfaces as ietf-interfaces (RFC 8343) has them, and ietf-system (RFC 7317). */
export const firstConfiguration = `<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
  <interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces" xmlns:ianaift="urn:ietf:params:xml:ns:yang:iana-if-type">
    <interface>
      <name>eth0</name>
      <description>uplink</description>
      <type>ianaift:ethernetCsmacd</type>
      <enabled>true</enabled>
    </interface>
    <interface>
      <name>eth1</name>
      <type>ianaift:ethernetCsmacd</type>
      <enabled>false</enabled>
    </interface>
  </interfaces>
  <system xmlns="urn:ietf:params:xml:ns:yang:ietf-system">
    <hostname>router-behind-nat</hostname>
  </system>
</config>`;

/** What the manager changes. */
export const change = `<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces">
  <interface>
    <name>eth1</name>
    <description>link to the barn</description>
    <enabled>true</enabled>
  </interface>
</interfaces>`;

/** Deletes what is not there: a real data-missing. */
export const impossibleChange = `<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces">
  <interface xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete">
    <name>eth7</name>
  </interface>
</interfaces>`;
