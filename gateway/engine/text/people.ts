/** People: names that a title, a label, a relative or a common given name gives away. No list of families. */
import type { Finder } from './finder.ts';

/** A capital letter and small ones, also `O'Dwyer`, `McKay`, `del Rosal`. */
const PART =
  "(?:(?:de|del|della|di|da|van|von|der|den|la|le|el|al|bin|ibn|O'|Mc|Mac)[ -]?)?\\p{Lu}[\\p{L}'’-]{1,30}";
const FULL = `${PART}(?: \\p{Lu}\\.?(?= ))?(?: ${PART}){0,3}`;
const LABELLED = `(?:${PART},? ${PART}(?:,? \\p{Lu}\\b\\.?)?|${FULL})`;

/** Given names that are common in English-speaking countries and hardly anything else; no place, month or virtue. */
const GIVEN = [
  'Aaron Abigail Adam Adrian Agnes Ahmed Aisha Alan Albert Alejandro Alexander Alexandra Alice Alicia Allison Amanda Amber Amy Ana Andrea Andrew',
  'Angela Anita Ann Anna Anne Annie Anthony Antonio Arthur Ashley Barbara Benjamin Bernard Beth Betty Beverly Brandon Brenda Brian Bruce Bryan',
  'Carl Carla Carlos Carol Caroline Carolyn Catherine Charles Cheryl Christian Christina Christine Christopher Cindy Claire Clara Claudia Craig',
  'Crystal Cynthia Daniel Danielle David Deborah Debra Denise Dennis Diana Diane Diego Donald Donna Doris Dorothy Douglas Dylan Edward Eileen',
  'Elena Elizabeth Ellen Emily Emma Eric Erica Erin Ethan Eugene Evelyn Fatima Fernando Frances Francisco Gabriel Gary George Gerald Gloria',
  'Gregory Hannah Harold Harry Heather Hector Helen Henry Howard Ian Irene Isabella Ivan Jacob Jacqueline James Jane Janet Janice Jason Javier',
  'Jean Jeffrey Jennifer Jeremy Jerry Jesse Jessica Jesus Joan Joanna Joe Joel John Jonathan Jorge Jose Joseph Joshua Joyce Juan Judith Judy Julia',
  'Julie Justin Karen Katherine Kathleen Kathryn Keith Kelly Kenneth Kevin Kimberly Kyle Larry Laura Lauren Lawrence Leonard Linda Lisa Louis',
  'Lucas Luis Lucy Luke Margaret Maria Marie Marilyn Martha Martin Mary Matthew Megan Melissa Michael Michelle Miguel Mohammed Monica Nancy',
  'Natalie Nathan Nicholas Nicole Noah Olivia Oscar Pamela Patricia Patrick Paul Pedro Peter Philip Priya Rachel Ralph Raymond Rebecca Ricardo',
  'Richard Robert Roger Ronald Rosa Russell Ruth Ryan Samantha Samuel Sandra Sara Sarah Scott Sean Sharon Shirley Sofia Sophia Stephanie Stephen',
  'Steven Susan Tammy Teresa Theresa Thomas Timothy Tomas Tracy Tyler Vanessa Vincent Walter Wayne Wendy William Yolanda Zachary',
]
  .join(' ')
  .replaceAll(' ', '|');

/** What follows a name and makes it one of a disease, a sign, a place or a thing. */
const EPONYM =
  "(?!(?:['’]s)? (?:disease|syndrome|palsy|sign|score|scale|test|lymphoma|catheter|Hospital|Clinic|Street|University|diet)\\b)";

export const PEOPLE: readonly Finder[] = [
  // In small letters, as notes have them; a title alone is nobody.
  { looks: /\b(?:mr|mrs|ms)\.? (\p{Ll}[\p{L}'’-]{2,30})/gu },
  // `SMITH, ANNA M.` and `Anna Smith, MD`.
  { looks: /(?<![\p{L}\p{N}])\p{Lu}{3,30}, \p{Lu}{3,30}(?: \p{Lu}\b\.?)?(?![\p{L}\p{N}])/gu },
  {
    looks: new RegExp(
      `(${PART}(?: \\p{Lu}\\.)?(?: ${PART}){1,2}),? (?:M\\.?D|D\\.?O|R\\.?N|Ph\\.?D|N\\.?P|PA-C|LPN)\\b`,
      'gu',
    ),
  },
  {
    looks: new RegExp(
      `\\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Nurse|Sister|Fr|Rev)\\b\\.? (?!Practitioner)(${FULL})${EPONYM}`,
      'gu',
    ),
  },
  {
    looks: new RegExp(
      `\\b(?:[Pp]atient|[Pp]t\\.?|[Nn]ame|[Nn]ext of [Kk]in|[Gg]uarantor|[Ee]mergency [Cc]ontact|[Cc]laimant|[Mm]ember|[Ss]ubscriber|[Ii]nsured|[Ee]mployer|[Gg]uardian|[Ss]pouse|[Ss]urgeon|[Pp]hysician|[Pp]rovider|[Aa]ttending|[Rr]eferring)(?: [Nn]ame| of (?:the )?patient)?(?: is)?(?: ?[:=,-] ?| )(${LABELLED})${EPONYM}`,
      'gu',
    ),
    // Two words, or one behind a colon: `patient Education` is none.
    length: (name) => (/[\s,]/.test(name) && !NOT_NAMES.test(name) ? name.length : 0),
  },
  {
    looks: new RegExp(
      `\\b(?:husband|wife|son|daughter|mother|father|brother|sister|aunt|uncle|cousin|niece|nephew|grandmother|grandfather|grandson|granddaughter|partner|spouse|caregiver|friend|neighbou?r)(?:,| named| called)? (${FULL})${EPONYM}`,
      'gu',
    ),
  },
  {
    looks: new RegExp(`\\b(?:${GIVEN})(?: \\p{Lu}\\.)?(?: ${PART}){1,2}${EPONYM}`, 'gu'),
    length: (name) => (NOT_NAMES.test(name) ? 0 : name.length),
  },
];

/** Headings and institutions that begin like a name. */
const NOT_NAMES =
  /\b(?:Hospital|Clinic|Center|Centre|University|College|Street|Avenue|Road|Report|History|Education|Portal|Rights|Services?|Information|Reported|Care|Safety|Records?|ID|MRN|DOB|SSN|NPI|Number)\b/;
