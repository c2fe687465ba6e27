/** A gateway: a process that enforces a configuration. */

export interface Gateway {
  readonly id: string;
  readonly team: string;
  readonly name: string;
  /** The binding: which configuration it runs; null until it is bound. */
  readonly configurationId: string | null;
  /** When it was last bound, or let go; null in rows from before that was kept. */
  readonly boundAt: string | null;
  /** SPKI, PEM, Ed25519: what its receipts are checked with. */
  readonly publicKey: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly queueName: string;
  readonly tokenId: string;
  readonly createdAt: string;
}
