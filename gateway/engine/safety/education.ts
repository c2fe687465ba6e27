/** Education: what a school keeps from its pupils: self-harm, drugs, weapons, sex, cruelty, and having others do the work. */
import type { Subject } from './subjects.ts';

const DRUGS =
  'weed|cannabis|marijuana|cocaine|coke|crack|meth(?:amphetamine)?|crystal meth|heroin|mdma|ecstasy|lsd|ketamine|fentanyl|molly|acid|shrooms|drugs|joints?|opioids?|xanax';
const PUPIL = 'classmates?|girls?|boys?|kids?|students?|pupils?|teachers?|schoolmates?|someone at school';

export const EDUCATION: readonly Subject[] = [
  {
    name: 'self_harm',
    phrases: [
      '(?:bridge|building|cliff)[^.?!\\n]{0,30}\\bto jump off|jump off (?:a|the) (?:bridge|roof|building|cliff)',
      'how many (?:pills|tablets|paracetamol|aspirin|ibuprofen|tylenol)[^.?!\\n]{0,30}(?:too many|to die|overdose|kill)',
      '(?:kill(?:ing)?|hang(?:ing)?|hurt(?:ing)?|starv(?:e|ing)|cut(?:ting)?|harm(?:ing)?|drown(?:ing)?|poison(?:ing)?) myself',
      'end(?:ing)? my (?:own )?life|commit(?:ting)? suicide|suicide methods?|ways to (?:commit suicide|die)|(?:i )?want to die|how to self-?harm|take my (?:own )?life',
      'lose weight (?:fast |quickly )?by (?:throwing up|vomiting|starving|not eating)|(?:how|stop) (?:to|can i|do i)? ?(?:stop )?eating for (?:a|\\d+) (?:weeks?|days?)|stop eating for a (?:week|month)',
    ],
  },
  {
    name: 'drugs',
    deeds: [
      [
        'buy(?:ing)?|get(?:ting)?|smok(?:e|ing)|mak(?:e|ing)|cook(?:ing)?|sell(?:ing)?|snort(?:ing)?|roll(?:ing)?|grow(?:ing)?|tak(?:e|ing)|scor(?:e|ing)',
        DRUGS,
      ],
    ],
    phrases: [
      'get(?:ting)? (?:you |me )?(?:high|drunk|stoned|wasted)|pills? (?:that )?gets? you high',
      'fake ids?',
    ],
  },
  {
    name: 'weapons',
    deeds: [
      [
        'mak(?:e|ing)|build(?:ing)?|assembl(?:e|ing)|construct(?:ing)?|3d[ -]print(?:ing)?',
        '(?:pipe |nail )?bombs?|explosives?|thermite|napalm|guns?|molotovs?(?: cocktails?)?|grenades?|silencers?|firearms?',
      ],
      [
        'bring(?:ing)?|tak(?:e|ing)|smuggl(?:e|ing)|carry(?:ing)?',
        '(?:knife|gun|weapon|knives|guns|weapons) (?:in)?to (?:the |my )?school',
      ],
    ],
    phrases: ['(?:plan|do|commit|start) (?:a )?school shooting', 'bomb making|make a bomb at home'],
  },
  {
    name: 'sexual',
    phrases: [
      'porn(?:o|ography|hub)?|nudes|erotic (?:story|stories|fiction|scene)|sex scenes?|(?:her|him|girls?|boys?) without (?:any )?clothes|undress (?:her|him|this)|naked (?:pictures?|photos?|girls?|boys?)|sexting',
    ],
  },
  {
    name: 'cruelty',
    deeds: [
      [
        'bully(?:ing)?|harass(?:ing)?|hurt(?:ing)?|shoot(?:ing)?|stalk(?:ing)?|humiliat(?:e|ing)|beat(?:ing)? up|stab(?:bing)?|threaten(?:ing)?',
        PUPIL,
      ],
    ],
    phrases: [
      'make (?:everyone|everybody|people|the class) hate',
      '(?:hateful|racist|antisemitic|homophobic) (?:messages?|jokes?|posts?|speech)',
    ],
  },
  {
    name: 'cheating',
    deeds: [
      ['cheat(?:ing)?', 'exams?|tests?|homework|quiz(?:zes)?|finals?'],
      ['steal(?:ing)?', 'exams?(?: answers?)?|test answers?|answer key'],
      [
        'hack(?:ing)?',
        "teacher'?s?'? (?:account|computer|laptop)|school(?:'s)? (?:system|network|computers?)|grade ?book",
      ],
    ],
    phrases: [
      'write my (?:entire |whole )?(?:essay|paper|thesis|assignment|homework)(?: for me)?',
      "turnitin (?:won'?t|can'?t|doesn'?t|does not)|leak (?:it|the exam|the test|the sat)",
      'do my (?:homework|assignment)(?: for me)?',
      "(?:give me|get) the answers? (?:of|to|for) (?:tomorrow'?s?|the|my|next week'?s?) (?:exam|test|quiz|final)",
      "so (?:that )?(?:the |my )?teachers? (?:can'?t|cannot|won'?t) (?:tell|notice)|make it undetectable|change my grades?",
    ],
  },
];

/** For people under eighteen, as `max_age` says; the base list is for everybody. */
export const UNDER_EIGHTEEN: readonly Subject[] = [
  {
    name: 'age',
    phrases: [
      'whisk(?:e)?y|vodka|rum|tequila|liquor|cocktails?|(?<!ginger )(?<!root )beers?|wines?|champagne|drunk|booze',
      'cigarettes?|cigars?|tobacco|vap(?:e|es|ing)|nicotine|hookah|shisha|chewing snuff',
      'poker|roulette|casinos?|betting|blackjack|slot machines?|gambl(?:e|ing)|sportsbooks?|bet (?:on|money)|where can i bet',
    ],
  },
];
