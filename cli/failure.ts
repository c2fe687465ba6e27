/** A failure: why a command ends without the answer that was asked for, in words that say what to do. */
import { EXIT, type ExitCode } from './exit-code.ts';

/** Thrown to end a command. Everything in it is printed: it never holds a secret. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly exit: ExitCode;
  /** Lines that come after the message: findings, or what would help. */
  readonly advice: readonly string[];

  constructor(exit: ExitCode, message: string, advice: readonly string[] = []) {
    super(message);
    this.exit = exit;
    this.advice = advice;
  }
}

/** It was called in a way that cannot be right. */
export const usage = (message: string, ...advice: string[]) => new Failure(EXIT.unknown, message, advice);
