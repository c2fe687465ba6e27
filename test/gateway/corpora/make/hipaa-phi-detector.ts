/** Makes texts for `hipaa-phi-detector`: notes about invented patients, with one identifier each, and without any. */
import { email, ipv4, letters, phone, ssn, vin } from './numbers.ts';
import { type Random, randomOf } from './random.ts';
import { type Section, written } from './section.ts';

const SEED = 43;
const SETTINGS = { default: { mode: 'hipaa_18' } };

/** Invented: no such family names are meant to be anybody's. */
const FAMILIES = [
  'Abernquist',
  'Brellmoor',
  'Castelvane',
  'Dunwhistle',
  'Eskelbrand',
  'Farrowmint',
  'Gillenthorpe',
];
const HELD_FAMILIES = ['Hathersedge', 'Ivorstone', 'Jellanby', 'Kirschwald', 'Lomaxter', 'Mirabellos'];
const GIVEN = ['Anna', 'Robert', 'Linda', 'James', 'Maria', 'David', 'Susan', 'Thomas'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'June',
  'July',
  'September',
  'October',
  'November',
  'December',
];

type Maker = (random: Random, family: string) => string;
const IDENTIFIERS: Readonly<Record<string, readonly Maker[]>> = {
  name: [
    (r, family) => `${r.pick(['Mr.', 'Mrs.', 'Ms.', 'Dr.'])} ${family} was seen in the clinic.`,
    (r, family) => `Patient name: ${r.pick(GIVEN)} ${family}`,
    (r, family) => `${r.pick(GIVEN)} ${family} reports less pain.`,
    (r, family) => `Her ${r.pick(['husband', 'mother', 'son'])} ${r.pick(GIVEN)} ${family} was present.`,
  ],
  geographic: [
    (r, family) =>
      `Lives at ${1 + r.int(9000)} ${family} ${r.pick(['Street', 'Ave', 'Road', 'Blvd.', 'Ln'])}.`,
    (r, family) => `Home in ${family}ville, ${r.pick(['TX', 'OH', 'NY', 'WA'])} ${10000 + r.int(89999)}.`,
    (r) => `P.O. Box ${10 + r.int(9000)}`,
  ],
  date: [
    (r) => `Admitted ${1 + r.int(12)}/${1 + r.int(28)}/20${r.digits(2)}.`,
    (r) => `Surgery on ${r.pick(MONTHS)} ${1 + r.int(28)}, 20${10 + r.int(14)}.`,
    (r) => `Seen ${1 + r.int(28)} ${r.pick(MONTHS)} 20${10 + r.int(14)}.`,
    (r) => `DOB 19${40 + r.int(59)}-0${1 + r.int(9)}-1${r.int(10)}`,
    (r) => `The patient is ${90 + r.int(15)} years old.`,
  ],
  phone: [(r) => `Call back at ${phone(r)}.`],
  email: [(r) => `Results to ${email(r)}.`],
  ssn: [(r) => `SSN ${ssn(r)}`],
  mrn: [(r) => `MRN ${r.digits(7)}`, (r) => `Medical record no. ${r.digits(3)}-${r.digits(4)}`],
  health_plan: [
    (r) => `Member ID ${letters(r, 3).toUpperCase()}${r.digits(8)}`,
    (r) => `Policy number ${r.digits(9)}`,
  ],
  account: [(r) => `Account number ${r.digits(8)}`, (r) => `acct. no. ${r.digits(4)}-${r.digits(4)}`],
  license: [(r) => `Driver's license no. ${letters(r, 1).toUpperCase()}${r.digits(7)}`],
  vehicle: [(r) => `VIN ${vin(r)}`, (r) => `License plate ${letters(r, 3).toUpperCase()}-${r.digits(4)}`],
  device: [(r) => `Pump serial number ${letters(r, 2).toUpperCase()}${r.digits(6)}`],
  url: [(r) => `Posted at https://${letters(r, 6)}.example.com/${letters(r, 4)}`],
  ip_address: [(r) => `Portal login from ${ipv4(r)}`],
  unique_id: [
    (r) => `Accession number ${r.digits(2)}-${r.digits(6)}`,
    (r) => `Study ID ${r.digits(3)}-${r.digits(3)}`,
  ],
};

const CLEAN: readonly Maker[] = [
  (r) => `BP ${100 + r.int(60)}/${60 + r.int(35)}, pulse ${60 + r.int(40)}.`,
  (r) =>
    `Take ${r.pick([5, 10, 20, 50, 100])} mg ${r.pick(['once', 'twice'])} daily for ${2 + r.int(12)} days.`,
  (r) => `A ${20 + r.int(69)}-year-old patient with ${r.pick(['asthma', 'gout', 'anemia', 'migraine'])}.`,
  (r) => `Pain ${r.int(10)}/10, improving since ${2005 + r.int(15)}.`,
  (r) => `HbA1c ${5 + r.int(5)}.${r.int(10)}%, LDL ${70 + r.int(100)} mg/dL.`,
  (r) => `The study of ${2000 + r.int(20)} had ${1 + r.int(9)},${r.digits(3)} patients.`,
  (r) => `ICD-10 ${letters(r, 1).toUpperCase()}${10 + r.int(80)}.${r.int(10)}, stage ${1 + r.int(4)}.`,
  (r) => `Glucose ${70 + r.int(90)} after ${1 + r.int(8)} hours.`,
  (r) => `Dose ${1 + r.int(9)}.${r.int(10)} mL/kg; repeat in ${1 + r.int(6)} weeks.`,
  (r) => `Room temperature ${60 + r.int(20)} F; ${1 + r.int(4)} of ${5 + r.int(5)} tests positive.`,
];

const FRAMES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `Assessment: stable. ${text} Plan: continue.`,
  (text) => `Summarise this note: "${text}"`,
  (text) => `- cough for a week\n- ${text}\n- no fever`,
];

function sections(isHeld: boolean, random: Random): readonly Section[] {
  const held = isHeld ? ' held-out' : '';
  const families = isHeld ? HELD_FAMILIES : FAMILIES;
  const one = (maker: Maker) => random.pick(FRAMES)(maker(random, random.pick(families)));
  return [
    ...Object.entries(IDENTIFIERS).map(
      ([label, makers]): Section => ({
        truth: `positive${held}` as Section['truth'],
        label,
        from: 'an identifier within a note about nobody',
        texts: Array.from({ length: isHeld ? 6 : 8 }, () => one(random.pick(makers))),
      }),
    ),
    {
      truth: `negative${held}` as Section['truth'],
      from: 'a note without an identifier',
      texts: Array.from({ length: isHeld ? 60 : 90 }, () => one(random.pick(CLEAN))),
    },
    {
      truth: `negative${held}` as Section['truth'],
      from: 'seventeen characters that are no VIN by their check digit',
      texts: Array.from({ length: 6 }, () => `batch ${vin(random, false)}`),
    },
  ];
}

export function make(): string {
  const random = randomOf(SEED);
  return written('hipaa-phi-detector', SEED, SETTINGS, [
    ...sections(false, random),
    ...sections(true, random),
  ]);
}
