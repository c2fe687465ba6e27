/** A finding: one thing that is wrong with a policy document, and where. */

export interface Finding {
  /** Stable: `E001`…; documented in `docs/lint.md`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** Where in the document: `policies.chain[0]`; empty for the document as a whole. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly message: string;
  /** What would be right; empty when there is nothing useful to say. */
  readonly suggestion: string;
}
