/** JSON: values of a body of which nothing is known. */

export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The body is no such body. Its message names the place, and repeats no value. Never leaves `openai.ts`. */
export class Malformed extends Error {
  override readonly name: string = 'Malformed';
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A body, before anything is done with it that would not come back from very deep within. */
export function bodyAt(value: unknown, path: string): JsonObject {
  if (isDeeper(value, MAX_DEPTH)) throw new Malformed(`${path} is nested too deeply`);
  return objectAt(value, path);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}

export function objectAt(value: unknown, path: string): JsonObject {
  if (!isObject(value)) throw new Malformed(`${path} must be an object`);
  return value;
}

/** Assignment would take `__proto__` for something else. */
export function setMember(object: JsonObject | Json[], key: string | number, value: Json): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** In their places, so that the order of the members stays. */
export function renameMembers(object: JsonObject, names: ReadonlyMap<string, string>): void {
  const members = Object.entries(object);
  for (const [key] of members) delete object[key];
  for (const [key, value] of members) setMember(object, names.get(key) ?? key, value);
}

/** What a path says is no text of a caller's. */
export const nameOf = (key: string): string => (/^\w{1,64}$/.test(key) ? key : '*');

/** What refers to something else in the body would not refer to it any more if it were changed. */
const ID = /^[\w.:-]{1,100}$/;

/** Never by way of `String`: an object of a body may say itself what it is as a text. */
export const isId = (value: Json | undefined): boolean => typeof value === 'string' && ID.test(value);

/** `type` says in a word what it is a member of. */
export const isTypeOf = (object: JsonObject, key: string): boolean => key === 'type' && isId(object[key]);

/** Deeper than any body that a provider takes. */
const MAX_DEPTH = 64;
