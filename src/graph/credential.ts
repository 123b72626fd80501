/**
 * How the gate proves itself to Entra. `userPassword` is discouraged: Microsoft deprecates the grant, it cannot answer a second
 * factor, and it ties the gate to a person's account.
 */
export type Credential =
  | { readonly kind: 'clientSecret'; readonly clientSecret: string }
  | {
      readonly kind: 'certificate';
      /** The certificate, PEM; further certificates of its chain may follow. */
      readonly certificatePem: string;
      /** Its RSA private key, PEM. */
      readonly privateKeyPem: string;
      readonly passphrase?: string;
    }
  | {
      readonly kind: 'userPassword';
      /** Absent: the app registration is a public client. */
      readonly clientSecret?: string;
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly kind: 'managedIdentity';
      /** Of a user-assigned identity; absent: the system-assigned one. */ readonly clientId?: string;
    }
  | {
      readonly kind: 'federatedAssertion';
      /** Read again for each token, since platforms rotate it. */ readonly readAssertion: () => Promise<string>;
    };
