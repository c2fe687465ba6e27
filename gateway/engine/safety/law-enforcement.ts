/** Law enforcement: what would give away people and cases, or help to break the law in its name or to get out of its reach. */
import type { Subject } from './subjects.ts';

const REVEAL =
  'reveal(?:ing)?|identify(?:ing)?|expos(?:e|ing)|unmask(?:ing)?|find out|out(?:ing)?|leak(?:ing)?|tell me|list|dox(?:x)?(?:ing)?|give me';

export const LAW_ENFORCEMENT: readonly Subject[] = [
  {
    name: 'identity',
    deeds: [
      [
        REVEAL,
        '(?:confidential |police )?informants?|informers?|undercover (?:officers?|agents?|cops?)|protected witness(?:es)?|addresses of protected witnesses|snitch(?:es)?',
      ],
    ],
    phrases: [
      'who (?:is|are) the (?:\\w{1,14} )?(?:informants?|informers?|undercover (?:officers?|agents?|cops?))',
      'home address(?:es)? of (?:the |an? )?(?:officers?|cops?|judges?|witness(?:es)?|detectives?)|where does (?:officer|detective|sergeant|judge) [\\w.-]{1,20} live',
    ],
  },
  {
    name: 'evidence',
    deeds: [
      [
        'plant(?:ing)?|fabricat(?:e|ing)|destroy(?:ing)?|tamper(?:ing)? with|falsify(?:ing)?|alter(?:ing)?|burn(?:ing)?|forg(?:e|ing)|hid(?:e|ing)|doctor(?:ing)?',
        '(?:false )?evidence|police reports?|arrest reports?|reports? of (?:an|the) arrest|chain of custody(?: log)?|probable cause|witness statements?|case files?',
      ],
      [
        'delet(?:e|ing)|eras(?:e|ing)|destroy(?:ing)?|wip(?:e|ing)|edit(?:ing)?|los(?:e|ing)',
        'body[ -]?(?:camera|cam)(?: (?:footage|videos?|recordings?))?|dash ?cam(?: footage)?',
      ],
    ],
    phrases: ['(?:write|file|make) (?:up )?a false (?:police |arrest )?(?:report|statement)'],
  },
  {
    name: 'coercion',
    deeds: [
      [
        'forc(?:e|ing)|coerc(?:e|ing)|beat(?:ing)?|extract(?:ing)?',
        '(?:false )?confessions?|suspects? into (?:signing|confessing)',
      ],
      [
        'intimidat(?:e|ing)|threaten(?:ing)?|brib(?:e|ing)|pressur(?:e|ing)|blackmail(?:ing)?',
        'witness(?:es)?|judges?|jurors?|jury|his family|her family|prosecutors?',
      ],
      ['mak(?:e|ing)', 'witness change'],
    ],
    phrases: [
      'get(?:ting)? an? (?:false )?confession (?:by|out of)',
      'keep(?:ing)? (?:the|his|her|their) lawyers? away|so that no marks are left|choke ?holds?[^.?!\\n]{0,30}marks|change (?:her|his|their) statement',
    ],
  },
  {
    name: 'profiling',
    phrases: [
      '(?:based on|by|because of) (?:their |his |her )?(?:race|religion|ethnicity|skin colou?r)(?=[^.?!\\n]{0,40}|[?.!]|$)(?<=(?:suspects?|stop|search|arrest|people|pick|target|who)[^.?!\\n]{0,80})',
      'racial profiling (?:tips|guide|tricks|method)|stop (?:more )?(?:black|muslim|arab|hispanic|asian|latino|jewish) people',
    ],
  },
  {
    name: 'unlawful_surveillance',
    deeds: [
      [
        'wire ?tap(?:ping)?|track(?:ing)?|spy(?:ing)?(?: on)?|bug(?:ging)?|search(?:ing)?|listen(?:ing)? (?:in )?(?:on|to)|intercept(?:ing)?|enter(?:ing)?',
        'without (?:a |any )?warrant',
      ],
    ],
    phrases: [
      'run (?:this|a|the) plate[^.?!\\n]{0,40}(?:off the record|friend|favou?r)|look up my (?:ex|girlfriend|boyfriend|neighbou?r|wife|husband)[^.?!\\n]{0,40}(?:database|system|records?)',
    ],
  },
  {
    name: 'evasion',
    deeds: [
      ['tip(?:ping)? off|warn(?:ing)?', 'suspects?|targets?|the gang|dealers?|him about the raid'],
      [
        'evad(?:e|ing)|avoid(?:ing)?|dodg(?:e|ing)|get(?:ting)? past|slip(?:ping)? past',
        'police(?: checkpoints?)?|checkpoints?[^.?!\\n]{0,20}drugs|arrest|surveillance team',
      ],
      [
        'escap(?:e|ing)|break(?:ing)? out',
        '(?:from )?(?:police )?custody|of (?:jail|prison)|(?:from )?(?:jail|prison)',
      ],
    ],
  },
];
