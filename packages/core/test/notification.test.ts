import { element, encodeXml, parseXml } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { buildNotification, Dialect, namespaces, parseNotification } from "../src/mod.ts";

describe("notification", () => {
  it("RFC 5277 §5.1: reads the example of section 5", () => {
    const notification = parseNotification(
      parseXml(`<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0">
      <eventTime>2007-07-08T00:01:00Z</eventTime>
      <event xmlns="http://example.com/event/1.0">
         <eventClass>fault</eventClass>
         <reportingEntity><card>Ethernet0</card></reportingEntity>
         <severity>major</severity>
      </event>
   </notification>`),
      new Dialect(),
    );
    expect(notification).toMatchObject({ kind: "event", eventTime: "2007-07-08T00:01:00Z" });
    expect(notification.content.map((e) => [e.name, e.namespace])).toEqual([["event", "http://example.com/event/1.0"]]);
  });

  it("RFC 5277 §3.3.1: tells replayComplete and notificationComplete from events", () => {
    const kind = (name: string, space: string) =>
      parseNotification(buildNotification("2007-07-08T00:01:00Z", [element(name, space)]), new Dialect()).kind;
    expect(kind("replayComplete", namespaces.netmodNotification)).toBe("replay-complete");
    expect(kind("notificationComplete", namespaces.netmodNotification)).toBe("notification-complete");
    expect(kind("replayComplete", namespaces.notification)).toBe("replay-complete");
    expect(kind("replayComplete", "urn:other")).toBe("event");
    expect(kind("other", namespaces.netmodNotification)).toBe("event");
  });

  it("is written as it is read", () => {
    const built = buildNotification("2026-11-21T03:00:00+01:00", [element("e", "urn:e", "ü & <")]);
    const back = parseNotification(parseXml(encodeXml(built)), new Dialect());
    expect([back.eventTime, back.content[0]?.children]).toEqual(["2026-11-21T03:00:00+01:00", ["ü & <"]]);
  });

  it("needs an eventTime, unless lenient", () => {
    const bare = element("notification", namespaces.notification, [element("e", "urn:e")]);
    expect(() => parseNotification(bare, new Dialect())).toThrow(
      expect.objectContaining({ code: "malformed-notification", fault: "peer" }),
    );
    expect(parseNotification(bare, new Dialect("lenient")).eventTime).toBeUndefined();
  });
});
