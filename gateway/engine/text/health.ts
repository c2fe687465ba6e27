/** Health identifiers: the eighteen of Safe Harbor, 45 CFR 164.514(b)(2)(i), by form or by the word beside them. */
import { isDea, isNhs, isNpi, isVin } from './checksums.ts';
import { BIRTH_DATES, DATES } from './dates.ts';
import { digitsIn, type Finder, type Finders, whole } from './finder.ts';
import { PEOPLE } from './people.ts';
import { PERSONAL } from './personal.ts';
import { ADDRESSES, REGIONS } from './places.ts';

export type HealthLabel =
  | 'name'
  | 'geographic'
  | 'date'
  | 'phone'
  | 'fax'
  | 'email'
  | 'ssn'
  | 'mrn'
  | 'health_plan'
  | 'account'
  | 'license'
  | 'vehicle'
  | 'device'
  | 'url'
  | 'ip_address'
  | 'biometric'
  | 'photo'
  | 'unique_id';

/** What stands between a word and its number: `number is:`, `ID #`, `no. of the hearing aid is`. */
const LINK = String.raw`(?:[\s:#="'(]|\b(?:number|numbers|num|no|nr|id|code|is|was|of|the|his|her|on|card|hearing|aid|pump|device|plate|license|licence)\b\.?|\.){0,14}`;
const numberWords = String.raw`(?:number|num\b|no\b|nr\b|id\b|#|code\b)`;
/** A code has a digit. */
const CODE = String.raw`([A-Z]{0,5}[-/]?\d[A-Z0-9]*(?:[-./ ]?[A-Z]{0,4}[-./]?\d[A-Z0-9]*){0,6})(?![\w])`;

/** Beside a word that can mean nothing else, or beside one that says that a number follows. */
function beside(words: string, code = CODE, least = 3): Finder {
  return {
    looks: new RegExp(String.raw`(?:\b|(?<=\s))(?:${words})${LINK}${code}`, 'gi'),
    length: whole((candidate) => digitsIn(candidate).length >= least),
  };
}

const HEALTH_PLANS: readonly Finder[] = [
  beside('bcbs|blue cross|aetna|cigna|humana|kaiser|unitedhealthcare|uhc|tricare', CODE, 6),
  // Medicare Beneficiary Identifier, as CMS has published its format.
  {
    looks:
      /(?<![\w-])[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}(?![\w-])/g,
  },
  beside(
    `(?:member|subscriber|beneficiary|insurance|insured|policy|health plan|plan|group|medicare|medicaid|hicn)(?: (?:member|subscriber|policy))?(?: health)? ?${numberWords}`,
  ),
];

const MEDICAL_RECORDS: readonly Finder[] = [
  beside(
    `mrn|mr ?#|hosp(?:ital)?\\. ?${numberWords}|med(?:ical|\\.)? rec(?:ord|\\.)?s? ?${numberWords}|chart ?${numberWords}|patient ?${numberWords}|hospital ?${numberWords}`,
  ),
];

/** Numbers of those who give care, and of the NHS: with a right check digit, beside their names. */
const PROVIDERS: readonly Finder[] = [
  { ...beside('npi', String.raw`(\d{10})(?!\d)`), length: whole(isNpi) },
  { ...beside('dea', String.raw`([A-Z][A-Z9]\d{7})(?!\w)`), length: whole(isDea) },
];
const NHS: Finder = {
  ...beside('nhs', String.raw`(\d{3} ?\d{3} ?\d{4})(?!\d)`),
  length: whole((candidate) => isNhs(digitsIn(candidate))),
};

/** Of two finds of the same text the first counts: hence fax and SSN before telephone. */
export const HEALTH: Finders<HealthLabel> = {
  name: PEOPLE,
  geographic: [...ADDRESSES, ...REGIONS],
  date: [...DATES, ...BIRTH_DATES],
  fax: [
    {
      looks:
        /\b(?:fax|telefax|f:)(?:[\s:#.="']|\b(?:number|no|is|to|at|it)\b){0,8}(\(?\+?\d[\d ().\u2010-\u2015-]{5,18}\d)(?!\d)/gi,
      length: whole((candidate) => digitsIn(candidate).length >= 7),
    },
  ],
  email: PERSONAL.email,
  ssn: PERSONAL.ssn,
  phone: PERSONAL.phone,
  mrn: [...MEDICAL_RECORDS, NHS],
  health_plan: HEALTH_PLANS,
  account: [
    beside(`(?:account|acct|a/c)\\.?|(?:invoice|billing) ${numberWords}`),
    ...PERSONAL.iban,
    ...PERSONAL.card,
  ],
  license: [
    beside(
      `(?:driver'?s?'? )?licen[sc]e ?${numberWords}|lic\\.|driver'?s? licen[sc]e|\\bdl|certificate ?${numberWords}`,
    ),
    ...PROVIDERS,
  ],
  vehicle: [
    { looks: /(?<![\w-])[A-HJ-NPR-Z\d]{17}(?![\w-])/gi, length: whole(isVin) },
    beside(
      'licen[sc]e plate|plate|tag|vehicle id|vin|registration plate|number plate',
      String.raw`((?=[A-Z\d-]{0,10}\d)[A-Z\d]{1,17}(?:[- ][A-Z\d]{1,6})?)(?![\w])`,
      1,
    ),
  ],
  device: [
    beside(
      `serial ?(?:${numberWords})|serial\\b|ser\\.|s/n|\\bsn|device ?${numberWords}|implant ?${numberWords}|imei`,
    ),
    { looks: /\(01\)\d{14}(?:\(\d{2}\)[A-Za-z\d]{1,20}){0,4}/g },
  ],
  url: [
    { looks: /\b(?:https?|ftp):\/\/[^\s<>"')]{3,2000}/gi },
    { looks: /\bwww\.[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,6}(?:\/[^\s<>"')]{0,2000})?/gi },
    { looks: /(?<![\w@.-])(?:[a-z\d-]{1,63}\.){1,6}[a-z]{2,24}\/[^\s<>"')]{1,2000}/gi },
  ],
  ip_address: PERSONAL.ip_address,
  biometric: [
    {
      looks:
        /\b(?:voice ?prints?|(?:retina|retinal|iris|palm(?: vein)?|palm ?print|hand geometry|fingerprint|face|facial)[ -](?:scans?|templates?|recognition|images?)|palm ?prints?|(?:patient|subject|his|her)(?:'s)? (?:fingerprints?|thumbprints?)|(?:fingerprints?|thumbprints?) (?:of|from) (?:the |a )?(?:patient|subject|man|woman|child)|biometric (?:templates?|identifiers?|scans?))\b/gi,
    },
  ],
  photo: [
    {
      looks:
        /\b(?:full[ -]?face (?:photo(?:graph)?s?|images?|pictures?)|(?:photo(?:graph)?|pic|picture|image|selfie|portrait)s? of (?:the |a |our |my )?(?:pt's face|patient|subject|claimant|his face|her face)|(?:patient|subject)(?:'s)? (?:photo(?:graph)?|picture|headshot|portrait|selfie)s?|(?:photo|picture|image)s? (?:shows?|showing|of) (?:his|her|their|the patient's) face|(?:IMG|DSC|PXL)_\d{4,12}\w{0,8}\.(?:jpe?g|png|heic))\b/gi,
    },
  ],
  unique_id: [
    beside(
      `(?:study(?: subject)?|barcode|subject|participant|accession|specimen|sample|encounter|visit|case|claim|prescription|rx|order|badge|employee|student|passport|record|protocol|enrol?lment|file) ?${numberWords}`,
    ),
  ],
};

/** What `pii-detector` finds beside its own labels in `healthcare_mode`. */
export type CareLabel = 'mrn' | 'health_plan' | 'provider' | 'birth_date';
export const CARE: Finders<CareLabel> = {
  mrn: [...MEDICAL_RECORDS, NHS],
  health_plan: [...HEALTH_PLANS, beside('medicare beneficiary|medicare|medicaid', CODE, 6)],
  provider: PROVIDERS,
  birth_date: BIRTH_DATES,
};
