/** Dangers: forms in arguments that make a tool do something else, or reach what it must not. Known forms alone. */
import type { Budget } from '../budget.ts';

/** What holds credentials on a machine. */
export const SENSITIVE_FILES = String.raw`(?:/etc/(?:passwd|shadow|gshadow|sudoers)\b|\.ssh/(?:id_\w{2,10}|authorized_keys|config)\b|\.aws/credentials\b|\.kube/config\b|\.netrc\b|\.pgpass\b|\.docker/config\.json|/proc/(?:self|\d{1,7})/environ\b|\.git-credentials\b)`;

/** Every repetition has an upper bound, so that no text makes a search slow. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  destructive_command: [
    String.raw`\brm\s{1,4}(?:-{1,2}[\w-]{1,20}\s{1,4}){1,4}(?:"|')?(?:/|~/?|\$\{?HOME\}?/?|/(?:etc|usr|var|home|boot|bin|lib|root)/?)(?:\*|"|'|\s|;|&|\||$)`,
    String.raw`\bmkfs(?:\.\w{1,10})?\s{1,4}(?:-\S{1,20}\s{1,4}){0,4}/dev/`,
    String.raw`\bdd\s{1,4}[^\n;|]{0,100}\bof=/dev/(?:sd|nvme|hd|disk|vd)`,
    String.raw`>\s{0,4}/dev/(?:sd|nvme|hd|vd)\w`,
    String.raw`:\s{0,2}\(\s{0,2}\)\s{0,2}\{[^}]{0,20}:\s{0,2}\|\s{0,2}:`,
    String.raw`\bchmod\s{1,4}(?:-R\s{1,4})?(?:777|a\+rwx)\s{1,4}/(?:\s|;|$)`,
    String.raw`\b(?:del|erase)\s{1,4}(?:/[sfq]\s{1,4}){1,3}[a-z]:\\`,
    String.raw`\bformat\s{1,4}[a-z]:\s{0,4}(?:/|$)`,
  ],
  remote_code: [
    String.raw`\b(?:curl|wget|fetch)\b[^|\n]{1,400}\|\s{0,4}(?:sudo\s{1,4})?(?:(?:ba|z|da|k|a)?sh|python\d?|perl|ruby|node)\b`,
    String.raw`\b(?:ba|z|da|k|a)?sh\s{1,4}(?:-c\s{1,4})?["']?(?:<\(|\$\()\s{0,4}(?:curl|wget)\b`,
    String.raw`/dev/(?:tcp|udp)/[\w.-]{1,100}/\d{1,5}`,
    String.raw`\b(?:nc|ncat|netcat)\s{1,4}[^\n|;]{0,100}-{1,2}(?:e|c|exec)\b`,
    String.raw`\bpowershell(?:\.exe)?\b[^\n]{0,60}\s-e(?:nc|ncodedcommand)?\s`,
    String.raw`\b(?:iex|invoke-expression)\b[^\n]{0,40}(?:downloadstring|invoke-webrequest|iwr)\b`,
    String.raw`\beval\s{0,2}\(\s{0,2}(?:base64_decode|atob)\s{0,2}\(`,
    String.raw`\b__import__\s{0,2}\(\s{0,2}["'](?:os|subprocess)["']`,
  ],
  command_injection: [
    String.raw`(?:;|&&|\|\|?|\n|%0a)\s{0,4}(?:sudo\s{1,4})?(?:rm\s{1,4}-|curl\s{1,4}(?:-\S{1,20}\s{1,4}){0,4}["']?https?:|wget\s{1,4}(?:-\S{1,20}\s{1,4}){0,4}["']?https?:|(?:nc|ncat)\s{1,4}[\w.-]{1,100}\s{1,4}\d|cat\s{1,4}/etc/|(?:ba|z)?sh\s{1,4}-[ci]\b|base64\s{1,4}-d)`,
    String.raw`(?:\$\(|${'`'})\s{0,4}(?:curl|wget|cat\s{1,4}(?:/etc|~|\.env)|whoami|env\b|printenv|nc\s|rm\s{1,4}-|base64\s{1,4}-d)`,
    String.raw`\$\{jndi:`,
    String.raw`\{\{[^}\n]{0,80}(?:__class__|__globals__|__mro__|\.constructor\b)`,
  ],
  sql_injection: [
    String.raw`['"]\s{0,4}(?:or|and)\s{1,4}['"]?(\w{1,20})['"]?\s{0,4}=\s{0,4}['"]?\1\b`,
    String.raw`['");]\s{0,4};?\s{0,4}(?:drop|truncate|alter)\s{1,4}(?:table|database|schema|user)\b[^\n]{0,100}(?:--|#|;|$)`,
    String.raw`['")]\s{0,4}union\s{1,4}(?:all\s{1,4})?select\b`,
    String.raw`\bxp_cmdshell\b`,
    String.raw`['"]\s{0,4};\s{0,4}(?:shutdown|exec(?:ute)?)\b`,
    String.raw`\b(?:sleep|pg_sleep|benchmark|waitfor\s{1,4}delay)\s{0,4}\(?\s{0,4}['"]?\d[^)\n]{0,40}\)?\s{0,4}(?:--|#)`,
  ],
  sensitive_file: [SENSITIVE_FILES],
  path_traversal: [
    String.raw`(?:\.\.[/\\]){3}`,
    String.raw`(?:(?:%2e|\.){2}(?:%2f|%5c)){2}`,
    String.raw`\.\.[/\\](?:[\w.-]{1,60}[/\\]){0,6}(?:etc|windows|proc|root)[/\\]`,
  ],
  metadata_service: [
    String.raw`\b169\.254\.169\.254\b`,
    String.raw`\b(?:0xa9fea9fe|2852039166|0251\.0376\.0251\.0376)\b`,
    String.raw`\bmetadata\.google\.internal\b`,
    String.raw`\bfd00:ec2::254\b`,
    String.raw`\b169\.254\.170\.2\b`,
  ],
  odd_scheme: [
    String.raw`\b(?:gopher|dict|phar|expect|jar):/{2}`,
    String.raw`\bfile:/{1,3}(?:etc|proc|root|home)/`,
  ],
};

const DANGERS: readonly (readonly [name: string, form: RegExp])[] = Object.entries(FORMS).map(
  ([name, forms]) => [name, new RegExp(forms.join('|'), 'i')],
);
/** As measured beside a step of a pattern of a document. */
const STEPS_PER_CHARACTER = 24;

/** The name of the first form that is in the text. */
export function dangerIn(text: string, budget: Budget): string | null {
  budget.spend(STEPS_PER_CHARACTER * text.length);
  return DANGERS.find(([, form]) => form.test(text))?.[0] ?? null;
}
