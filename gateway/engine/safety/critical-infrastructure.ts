/** Critical infrastructure: attacks on supply, transport, industry and the systems that control them. */
import type { Subject } from './subjects.ts';

const ATTACK =
  'sabotag(?:e|ing)|attack(?:ing)?|hack(?:ing)?(?: into)?|destroy(?:ing)?|disabl(?:e|ing)|damag(?:e|ing)|disrupt(?:ing)?|shut(?:ting)? (?:down|off)|shut|tak(?:e|ing) (?:down|over|out)|knock(?:ing)? out|bring(?:ing)? down|crash(?:ing)?|blow(?:ing)? up|bomb(?:ing)?|crippl(?:e|ing)|overload(?:ing)?|overheat(?:ing)?|overpressur(?:e|ize)|poison(?:ing)?|contaminat(?:e|ing)|infect(?:ing)?|derail(?:ing)?|jam(?:ming)?|spoof(?:ing)?|hijack(?:ing)?|bypass(?:ing)?|tamper(?:ing)? with|exploit(?:ing)?|compromis(?:e|ing)|infiltrat(?:e|ing)|break(?:ing)? into|turn(?:ing)? off|switch(?:ing)? off|ddos|wreck|brick(?:s|ing)?|mess(?:ing)? with|kill(?:ing)?|flood(?:ing)?';
const SUPPLY =
  'smart meters?|waterworks|heating of (?:the|a) hospital|power (?:grids?|stations?|plants?|suppl(?:y|ies)|lines|networks?)|electric(?:ity|al)? (?:grids?|networks?|suppl(?:y|ies))|grid|substations?|transformers?|water (?:suppl(?:y|ies)|treatment plants?|utilit(?:y|ies)|plants?|systems?|mains)|drinking water|reservoirs?|dams?|pipelines?|refiner(?:y|ies)|compressor stations?|gas (?:supply|network|grid)|chemical (?:plants?|reactors?)|nuclear (?:reactors?|plants?|power plants?|facilit(?:y|ies))|reactors?|turbines?|generators?';
const CONTROL =
  'scada(?: systems?| networks?)?|plcs?|rtus?|hmis?|industrial control(?: systems?)?|control systems?|safety (?:instrumented )?systems?|safety interlocks?|interlocks?|circuit breakers?|alarms of|controllers? of';
const TRANSPORT =
  'trains?|rail(?:way)? (?:signal(?:l?ing)?|network)|(?:rail(?:way)?|train) signals?|signals of|signal(?:l?ing)? (?:system|network)|traffic lights?|air traffic control|airports?(?: radar)?|gps|bridges?|tunnels?|undersea cables?|submarine cables?|(?:cell|telecom(?:munications?)?|mobile) (?:towers?|networks?)|emergency (?:call|number|services?)(?: cent(?:er|re)s?)?|hospitals?|ports?';

export const CRITICAL_INFRASTRUCTURE: readonly Subject[] = [
  {
    name: 'attack',
    deeds: [
      [ATTACK, `${SUPPLY}|${CONTROL}`],
      [ATTACK.replace('|shut|', '|').replace('exploit(?:ing)?|', ''), TRANSPORT],
      ['cut(?:ting)?', 'undersea cables?|submarine cables?|power lines|power (?:to|of) (?:the|a)'],
      ['open(?:ing)?', 'breakers|floodgates|sluice gates'],
    ],
  },
  {
    name: 'blackout',
    phrases: [
      '(?:caus(?:e|ing)|creat(?:e|ing)|trigger(?:ing)?) (?:\\w{1,12} ){0,2}(?:blackouts?|power outages?|meltdowns?)',
      'grid collapses?',
      '(?:leave|leaving|keep) [^.?!\\n]{0,40}without (?:electricity|power|water|heating)',
      '(?:drones?|lasers?)[^.?!\\n]{0,30}(?:runways?|cockpits?|airports?)',
      '(?:thallium|cyanide|arsenic|ricin|toxins?)[^.?!\\n]{0,40}water (?:towers?|supply|tank|works)',
      'past the (?:firewall|alarms?|guards?) of (?:a|the) (?:control room|plant|substation|utility)',
      'trip the turbines? of (?:a|the) power',
    ],
  },
  {
    name: 'malware',
    phrases: [
      '(?:write|build|create|make|develop|need|want|send)[^.?!\\n]{0,40}\\b(?:malware|ransomware|virus|worm|exploit)[^.?!\\n]{0,60}\\b(?:plcs?|scada|pumps?|plant|grid|control systems?|hospital|turbines?|hmi)',
      '(?:malware|ransomware|viruse?s?|worms?) (?:for|against|that (?:stops|infects|attacks|disables|shuts))[^.?!\\n]{0,40}(?:plcs?|scada|pumps?|plants?|grid|control systems?|hospitals?|turbines?)',
    ],
  },
  {
    name: 'control',
    phrases: [
      'modbus commands? to (?:over|stop|open|close|crash)\\w*',
      'false (?:data|readings?|values?) to (?:a|the) (?:plc|hmi|operator|controller)',
      'default passwords? (?:for|of) [^.?!\\n]{0,30}(?:plcs?|hmis?|scada|controllers?)',
      'find exposed (?:hmis?|plcs?|scada)',
      '(?:turn(?:ing)?|switch(?:ing)?) off the (?:chlorine|fluoride|dosing|cooling)',
      'shut(?:ting)? (?:down|off) the cooling of',
      'traffic lights? (?:turn )?green in all directions',
      'centrifuges? overspeeds?',
    ],
  },
];
