/**
 * What SARIF 2.1.0 asks of the objects that a log of ours holds (section in brackets). Stricter than the standard:
 * nothing else may be in them.
 */

const text = { type: 'string', minLength: 1 };
const message = object({ text }, ['text']); // 3.11
const level = { enum: ['none', 'note', 'warning', 'error'] };

const artifactLocation = object({ uri: { type: 'string', format: 'uri-reference' }, uriBaseId: text }); // 3.4
const line = { type: 'integer', minimum: 1 };
const region = object({ startLine: line, startColumn: line }); // 3.30
const location = object({
  physicalLocation: object({ artifactLocation, region }), // 3.29
  logicalLocations: { type: 'array', items: object({ fullyQualifiedName: text }) }, // 3.33
}); // 3.28

const rule = object(
  { id: text, shortDescription: message, help: message, defaultConfiguration: object({ level }) },
  ['id'],
); // 3.49
const driver = object(
  {
    name: text,
    version: text,
    semanticVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' },
    rules: { type: 'array', items: rule, uniqueItems: true },
  },
  ['name'],
); // 3.19

const notification = object({ level, message, locations: { type: 'array', items: location } }, ['message']); // 3.58
const invocation = object(
  {
    executionSuccessful: { type: 'boolean' },
    toolExecutionNotifications: { type: 'array', items: notification },
  },
  ['executionSuccessful'],
); // 3.20
const result = object(
  {
    ruleId: text,
    ruleIndex: { type: 'integer', minimum: 0 },
    level,
    message,
    locations: { type: 'array', items: location },
  },
  ['message'],
); // 3.27

const run = object(
  {
    tool: object({ driver }, ['driver']), // 3.18
    columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
    invocations: { type: 'array', items: invocation },
    results: { type: 'array', items: result },
  },
  ['tool'],
); // 3.14

export const SARIF_SCHEMA = object(
  {
    $schema: { type: 'string', format: 'uri' },
    version: { const: '2.1.0' },
    runs: { type: 'array', items: run },
  },
  ['version', 'runs'],
); // 3.13

function object(properties: Readonly<Record<string, object>>, required: readonly string[] = []) {
  return { type: 'object', properties, required, additionalProperties: false };
}
