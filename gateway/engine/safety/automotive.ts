/** Automotive: defeating what keeps cars safe, clean, honest and their owners'. */
import type { Subject } from './subjects.ts';

const DEFEAT =
  'disabl(?:e|ing)|turn(?:ing)? off|switch(?:ing)? off|deactivat(?:e|ing)|bypass(?:ing)?|defeat(?:ing)?|tamper(?:ing)? with|trick(?:ing)?|fool(?:ing)?|spoof(?:ing)?|hack(?:ing)?(?: into)?|jam(?:ming)?|disconnect(?:ing)?|sabotag(?:e|ing)|cheat(?:ing)?|overrid(?:e|ing)|circumvent(?:ing)?|delet(?:e|ing)|remov(?:e|ing)';

export const AUTOMOTIVE: readonly Subject[] = [
  {
    name: 'safety_system',
    deeds: [
      [
        DEFEAT,
        'brakes?|abs|air ?bags?|steering|seat ?belt (?:sensors?|alarms?)|emergency braking|autopilot|lane[ -](?:assist(?:ant|ance)?|keeping)|driver[ -]monitoring(?: camera| system)?|lidar|speed limiters?|can bus|ecu|ecus|adas|collision (?:warning|avoidance)',
      ],
      ['cut(?:ting)?', 'brake lines?|brake hoses?|brake cables?'],
      ['make', 'steering lock'],
      ['inject(?:s|ing)?|send', 'can (?:bus|messages?|frames?)'],
    ],
    phrases: [
      'inject[^.?!\\n]{0,30}commands? into the can',
      'weight on the steering wheel',
      'confus\\w+ (?:\\w+ )?self-driving cars?',
      '(?:stop|keep) the (?:car|tesla) (?:from )?(?:nagging|asking|warning)',
    ],
  },
  {
    name: 'theft',
    deeds: [
      [`${DEFEAT}`, 'immobili[sz]ers?|car alarms?|door locks?|keyless(?: entry)?'],
      ['clon(?:e|ing)|copy(?:ing)?|duplicat(?:e|ing)', "key ?fobs?|someone's (?:car )?keys?"],
      [
        'steal(?:ing)?|hijack(?:ing)?|carjack(?:ing)?|hot-?wir(?:e|ing)',
        "(?:a|the|my|your|his|her|their|someone's|parked)[\\s,]{1,4}(?:\\w{1,12}[\\s,]{1,4}){0,2}(?:cars?|vans?|trucks?|vehicles?)",
      ],
      ['unlock(?:s|ing)?', 'parked (?:cars?|vehicles?)'],
    ],
    phrases: [
      'start(?:ing)? (?:a|an|the|my|his|her) (?:\\w+ ){1,2}without (?:the|a|its) key',
      '(?:kill|disable|remove|find|jam) (?:its|the) (?:gps )?tracker',
      'relay attack[^.?!\\n]{0,40}(?:step|how|guide|tutorial|on keyless)',
      'unlocks? the doors of a (?:parked|stranger)',
      'hot-?wir(?:e|ing) (?:a|the) \\w+',
    ],
  },
  {
    name: 'odometer',
    deeds: [
      [
        'roll(?:ing)? back|wind(?:ing)? back|turn(?:ing)? back|fak(?:e|ing)|manipulat(?:e|ing)|chang(?:e|ing)|lower(?:ing)?|spoof(?:ing)?|tamper(?:ing)? with',
        'odometers?|mileage|clock of (?:a|the|my) car',
      ],
      ['delet(?:e|ing)|eras(?:e|ing)|wip(?:e|ing)', 'crash data|event data recorder|black box'],
    ],
    phrases: ['(?:get|take|knock) [\\d,.]{3,9} ?(?:km|miles|kilomet(?:er|re)s) off'],
  },
  {
    name: 'emissions',
    deeds: [
      [
        'cheat(?:ing)?|trick(?:ing)?|fool(?:ing)?|defeat(?:ing)?|beat(?:ing)?',
        'emissions?(?: tests?)?|smog (?:test|check)|inspection',
      ],
      ['remov(?:e|ing)|delet(?:e|ing)|gut(?:ting)?', 'dpf|particulate filters?|egr|adblue'],
    ],
    phrases: [
      'pass(?:ing)? (?:the )?(?:inspection|smog(?: check| test)?|emissions?(?: test)?) with(?:out)? (?:a |the )?(?:dead|broken|missing|no|catalytic|dpf)',
      'defeat devices?(?= (?:for|in|to|that))',
      '(?:dpf|egr|adblue) (?:delete|off|removal)',
      'install a defeat device',
    ],
  },
];
