/** The names of templates, apart from what is in them: they are listed far more often than one is written. */

export const TEMPLATE_NAMES = [
  'default',
  'prompt-injection-detection',
  'agent-firewall',
  'citation-verification',
  'quality-benchmarking',
  'zero-data-retention',
] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];
