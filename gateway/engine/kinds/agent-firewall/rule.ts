/** A rule of the expanded form: what it makes of a stage, within a session. */
import type { SessionName } from '../../tools/session.ts';
import type { Opinion, Stage } from '../enforcement.ts';

/** How far a limit is used up if this passes. */
interface Use {
  readonly limit: string;
  readonly used: number;
  readonly most: number;
}

export interface Finding {
  readonly refused?: Opinion;
  readonly uses?: readonly Use[];
  readonly onPass?: () => void;
}

export type Rule = (stage: Stage, session: SessionName) => Finding | null;

export function refusal(
  why: string,
  metadata: Readonly<Record<string, unknown>> = {},
  verdict: 'block' | 'escalate' = 'block',
): Finding {
  return { refused: { verdict, reasonCode: `agent_firewall.${why}`, metadata } };
}
