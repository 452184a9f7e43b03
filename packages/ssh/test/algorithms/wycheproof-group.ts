/** The fields of all test kinds used here; each file has some of them. All are hex texts. */
export interface WycheproofTest {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly sig: string;
  readonly public: string;
  readonly private: string;
  readonly shared: string;
  readonly ek: string;
  readonly c: string;
  readonly K: string;
  readonly m: string;
  readonly seed: string;
  readonly dk: string;
}

export interface WycheproofGroup {
  readonly ivSize: number;
  readonly tagSize: number;
  readonly keySize: number;
  readonly publicKey: {
    readonly pk: string;
    readonly uncompressed: string;
    readonly modulus: string;
    readonly publicExponent: string;
  };
  readonly tests: readonly WycheproofTest[];
}
