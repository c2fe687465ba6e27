/**
 * Injections: the forms in which English texts try to take over. Known forms of words; what is said in other words is not
 * found by them.
 */

/** Between words: spaces, dots, dashes and the like, a few of them. */
const S = String.raw`[\s.,:;*_"'’-]{1,8}`;
/** Perhaps nothing. */
const O = String.raw`[\s.,:;*_"'’-]{0,8}`;
/** Which rules are meant: without such a word, "ignore the rules of syntax" is no attack. */
const WHICH = `(?:all|any|every|previous|prior|earlier|preceding|above|foregoing|old|your|initial|original|existing|current|system|developer|safety|hidden|users?|user${O}s)`;
const FILL = `(?:${S}(?:of|the|these|those|my|our|its|given|other|${WHICH})){0,4}`;
const RULES = `(?:instructions?|prompts?|directives?|directions?|rules?|guidelines?|guardrails?|programming|commands?|constraints?|training|guidance|system${S}message)`;
const DROP = `(?:ignore|ignoring|disregard|disregarding|forget|override|overriding|bypass|overlook|neglect|skip|discard|scrap|cancel|drop|erase|delete|void|throw${S}away|set${S}aside|stop${S}(?:following|obeying)|(?:do${S}not|do${O}n${O}t)${S}(?:follow|obey|comply${S}with))`;
const LIMITS =
  '(?:rules?|restrictions?|limits?|limitations?|filters?|guidelines?|guardrails?|polic(?:y|ies)|safety|moral(?:s|ity)?|ethics|ethical|censorship|constraints?|boundaries)';
const KIND =
  '(?:content|safety|ethical|ethics|moral|moderation|security|usage|output|openai|usual|other|further)';
const NO = `(?:no|without|zero|free${S}(?:of|from)|not${S}(?:bound|restricted|limited|constrained)${S}by)`;
const WITHOUT_LIMITS = `(?:${NO}${S}(?:(?:any|all|your|its|the|or|and|${KIND})${S}){0,4}${LIMITS}|unrestricted|uncensored|unfiltered|jailbroken|never${S}refuses?)`;
const PROMPT = `(?:system|developer|initial|hidden|secret|original|first|real|internal)${S}(?:prompts?|messages?|instructions?|rules?|configuration)`;
const MODEL = `(?:ai|llm|assistants?|chatbots?|(?:large${S})?language${S}models?|(?:coding${S}|ai${S})?agents?|gpt|chatgpt|copilot)`;
const TELL =
  '(?:reveal|print|show|repeat|output|display|leak|disclose|dump|recite|share|list|summari[sz]e|tell|give|paste|encode|translate|write|expose|send|need|want)';

const ATTACKS: readonly string[] = [
  // Away with the rules
  `\\b${DROP}${FILL}${S}${WHICH}${FILL}${S}${RULES}\\b(?!${S}(?:in|for|of|on)${S}(?:the|this|my|our)${S}(?:config|file|code|document|readme|css|game))`,
  `\\b${DROP}${S}(?:the|your)${S}(?:system|developer)${S}(?:messages?|prompts?)\\b`,
  `\\b${DROP}${FILL}${S}${RULES}${S}(?:above|before|that${S}(?:came|preceded)|(?:that${S})?you${S}(?:were|have${S}been|got)(?:${S}given)?)\\b`,
  `\\b(?:ignore|disregard|forget)${S}(?:everything|anything|all|what(?:ever)?)${S}(?:that${S})?(?:(?:you${S})?(?:were|was|have${S}been|ve${S}been)${S}told|above|came${S}before|stands${S}above|before|prior|previously)\\b`,
  `\\b(?:set|put|leave)${S}aside${S}(?:what(?:ever)?|any|all)${S}(?:guidance|instructions?|rules)\\b`,
  `\\bnothing${S}you${S}were${S}told\\b`,
  `\\b(?:all|your|the|any)${S}(?:of${S}the${S})?(?:previous|prior|earlier|old|above|original)?${O}(?:instructions?|rules?|guidelines?|directives?)${S}(?:above${S})?(?:(?:given|so far)${S})?(?:are|were|have${S}been|no${S}longer|do${S}not|don${O}t)${S}(?:now${S}|no${S}longer${S}|longer${S})?(?:void|wrong|valid|invalid|outdated|superseded|replaced|cancel+ed|suspended|obsolete|apply${S}to${S}(?:you|me))\\b`,
  `\\b(?:previous|prior|earlier|old)${S}rules${S}(?:no${S}longer|do${S}not)${S}apply\\b`,
  `\\binstead${S}of${S}(?:following${S})?your${S}(?:\\w{1,12}${S})?instructions\\b`,
  `\\b(?:you${S}(?:now${S})?have|new${S}rule${S}you${S}have)${S}no${S}(?:more${S})?(?:rules|restrictions|limits|guidelines|limitations|filters)\\b`,
  `\\b(?:your|the)${S}(?:instructions|task|goal|role|purpose)${S}(?:has|have)${S}(?:now${S})?(?:changed|been${S}(?:changed|replaced|updated))\\b`,
  `\\byour${S}(?:new|real|true|actual|only)${S}(?:task|goal|role|purpose|objective|mission|instructions?)${S}(?:is|are|now)${S}(?:to|now|as)\\b`,
  `\\b(?:here${S}are${S}(?:your|the)${S}(?:new|real|corrected|updated)|new|updated|real|actual)${S}(?:system${S}(?:prompt|instructions?|message)|instructions?${S}from${S}(?:the${S})?(?:system|developer|administrator))\\b`,
  `\\bhere${S}are${S}(?:your|the)${S}(?:new|real|corrected|updated)${S}(?:instructions|rules|ones)\\b`,
  `(?:^|[\\n.!>"])\\s{0,8}(?:new|updated)${S}(?:instructions?|rules?|task|plan|directives?)\\s{0,4}:`,
  // Without limits
  `\\byou(?:${S}are|${S}re|re)?${S}(?:now${S})?(?:in${S}(?:developer|dan|jailbreak|god|debug|unrestricted)${S}mode|dan\\b|jailbroken|no${S}longer${S}(?:bound|restricted|an?${S}ai)|not${S}(?:bound|restricted|limited)${S}by${S}(?:any${S}|your${S}|openai)|free(?:d)?${S}(?:of|from)${S}(?:all|any|your|the)${S}(?:\\w{1,12}${S}){0,2}(?:restrictions|rules|limits|confines|constraints|limitations))`,
  `\\b(?:enable|enter|activate|switch${S}to|simulate|turn${S}on)${S}(?:the${S})?(?:dan|jailbreak|god|unrestricted|sudo|evil)${S}mode\\b(?!${S}(?:in|on)${S}(?:the${S}|my${S})?(?:windows|control|android|phone))`,
  `\\bsimulate${S}developer${S}mode\\b`,
  `\\b(?:act|behave|respond|answer|reply|pretend|role${O}play|imagine|play|speak|once)\\b[^.!?\\n]{0,80}?\\b(?:ai|model|assistant|chatbot|bot|assistant|character|evilbot)\\b[^.!?\\n]{0,40}?\\b${WITHOUT_LIMITS}`,
  `\\b(?:act|behave|respond|answer|reply|speak)${S}(?:\\w{1,14}${S}){0,6}${WITHOUT_LIMITS}${O}(?:\\b(?:language|model|ai|chatbot|assistant|bot)|[.!?,]|$)`,
  `\\bpretend${S}(?:that${S})?you${S}(?:have|had|are)${S}(?:\\w{1,10}${S}){0,3}${WITHOUT_LIMITS}`,
  `\\bpretend${S}to${S}be${S}an?${S}(?:evil|unrestricted|uncensored|unfiltered|jailbroken)\\b`,
  `\\bact${S}(?:as|like)${S}(?:an?|the)${S}(?:\\w{1,14}${S}){0,3}${WITHOUT_LIMITS}${O}(?:language|model|ai|chatbot|assistant|bot)?`,
  `\\byou(?:${S}re|${S}are)?${S}(?:my|an|a)${S}(?:new${S})?(?:uncensored|unfiltered|unrestricted|jailbroken)\\b`,
  `\\b(?:do|does)${S}anything${S}now\\b|\\byou${S}can${S}(?:now${S})?do${S}anything${S}now\\b|\\byou(?:${S}are|${S}re)${S}(?:now${S})?dan\\b`,
  `\\byou${S}(?:will|must|shall|can)${S}never${S}(?:say${S}no|refuse)\\b|\\bnever${S}refuse${S}(?:never|a${S}request|any${S}request|to${S}answer|my)\\b|\\ban${S}ai${S}(?:that|which|who)${S}never${S}refuses\\b|\\bnever${S}refuse,`,
  `\\bfrom${S}now${S}on${S}(?:you${S}(?:will|must|shall|are${S}to)|the${S}previous)${S}(?:ignore|disregard|obey|have${S}no${S}(?:rules|restrictions)|answer${S}as${S}["'“])`,
  `\\b(?:disable|deactivate|bypass|turn${S}off|switch${S}off|remove|lift|suspend|drop|shut${S}off)${S}(?:(?:all|any|every|of|the)${S}){0,3}(?:your|all${S}(?:safety|content)|every${S}safety|all${S}of${S}(?:your|my))${S}(?:(?:of|${KIND})${S}){0,3}(?:filters?|restrictions?|limits?|limitations?|mechanisms?|protocols?|checks?|guardrails?|rules?|module|safety)\\b`,
  `\\b(?:turn|switch)${S}(?:your|the)${S}(?:content${S}|safety${S}|ethics${S}|moderation${S}|ethical${S})(?:filters?|module|mode|checks?|protocols?)?${O}off\\b|\\bturn${S}off${S}(?:the|your)${S}content${S}filters?${S}(?:for|in|of)${S}(?:the${S}rest|this|our)`,
  `\\blift${S}all${S}(?:of${S})?(?:your|my|the)${S}restrictions\\b|\\byou${S}can${S}(?:now${S})?(?:bypass|ignore|skip)${S}(?:the|your|all)${S}(?:safety|content|security)\\b`,
  `\\b(?:filters?|safety${S}protocols?|restrictions|safety${S}checks)${S}(?:are|is|have${S}been)${S}(?:now${S}|hereby${S})?(?:disabled|suspended|lifted|deactivated|turned${S}off)\\b`,
  // In somebody's name
  `\\b(?:i${S}am|i${O}m|as)${S}(?:your|the|an?)${S}(?:developer|creator|administrator|admin|system${S}administrator|owner|root|engineer)\\b[^\\n]{0,100}?\\b(?:ignore|override|bypass|reveal|lift|drop|unlock|disable|your${S}(?:restrictions|limits|rules|configuration))\\b`,
  `\\b(?:admin|administrator|system|emergency|root|developer)${S}override\\b[^\\n]{0,60}?(?:\\b(?:unlock|comply|code|user|safety|suspended|verified|disabled)\\b)`,
  `\\bsudo${S}(?:ignore|mode|override|disable|bypass)|\\bignore[-_]safety\\b`,
  `\\bi${S}have${S}(?:root|admin|full)${S}access\\b[^\\n]{0,60}?\\b(?:your${S}rules|reveal|you${S}(?:may|must|can))`,
  `\\baccess${S}granted\\b[^\\n]{0,60}?\\byou${S}(?:may|can|must)\\b|\\bcomply${S}with${S}every${S}request\\b|\\bobey${S}(?:only${S}me|me${S}only|the${S}user${S}(?:only|in${S}everything))\\b`,
  `\\bbreak${S}character${S}and\\b|\\byou${S}are${S}(?:now${S})?(?:a|an)${S}(?:pirate|root)\\b.{0,40}?\\b(?:without|no)${S}rules\\b`,
  `\\b(?:your|the)${S}(?:guidelines|rules|instructions|policies|safety${S}training)\\b[^.\\n]{0,40}\\b(?:just${S}suggestions|optional|a${S}mistake|rolled${S}back|null${S}and${S}void|cleared)\\b`,
  `\\b(?:no|every|any|nobody${S}(?:else)?['’]?s?)${S}(?:policies|rule${S}(?:openai|they))\\b|\\bbreaks?${S}every${S}rule\\b|\\brules${O}none\\b|\\bprevious${S}context${S}cleared\\b`,
  `\\b(?:persona|character|version${S}of${S}you|ai|assistant|model)${S}(?:with${S}one${S}|that${S}|who${S}|which${S})(?:that${S})?(?:has|have)${S}no${S}(?:scruples|conscience|morals|limits|rules|restrictions|filter)`,
  `\\b(?:switch${S}to|enter|two${S}modes)\\b[^.\\n]{0,30}\\bevil\\b|\\bopposite${S}(?:day|mode)\\b`,
  `\\b(?:as${S}if|like)${S}(?:the|your)${S}(?:terms(?:${S}of${S}(?:use|service))?|rules|policies|guidelines)${S}(?:did|do)${S}(?:not|n${O}t)${S}exist`,
  `\\byou${S}(?:cannot|can${O}not|can${O}t|must${S}not|may${S}not)${S}(?:refuse|decline|say${S}no)\\b|\\byou${S}must${S}(?:answer|say)${S}yes\\b|\\bskip${S}the${S}(?:ethics|disclaimers)\\b[^.\\n]{0,40}\\b(?:ethics|off|disclaimers)\\b`,
  `\\boverrides?${S}(?:any|all|every)${S}(?:\\w{1,14}${S}){0,2}(?:instructions?|rules?|prompts?)\\b|\\bno${S}matter${S}what${S}the${S}(?:context|instructions|system|rules)`,
  `\\b(?:begin|start)${S}(?:of${S})?(?:admin|system|root|developer)${S}(?:input|mode|prompt|section)\\b`,
  // What were you told?
  `\\b(?:quote|copy|lost|send|dump|show)\\b[^.\\n]{0,40}\\b(?:your${S}(?:prompt|configuration|instructions)|(?:operator|developer|vendor|company)${S}(?:gave|told|wrote)(?:${S}(?:to${S})?you)?)\\b`,
  `\\b(?:message|text|content)s?${S}(?:that${S})?came${S}before${S}(?:mine|my|this)\\b|\\bhidden${S}text\\b[^.\\n]{0,60}\\b(?:conversation|prompt|chat)\\b`,
  `\\b${TELL}(?:${S}(?:me|us|to|back|out|verbatim|word|for|a|copy|of|with|in|the|exact|text|can|you|contents?)){0,6}${S}(?:your|the)(?:${S}(?:full|entire|complete|exact|whole|own)){0,3}${S}(?:${PROMPT}|rules${S}that${S}you${S}must)(?!${S}(?:template|file|from|for${S}(?:the|a|my|our)${S}(?:bot|chatbot|app)))`,
  `\\b(?:what|which)(?:${S}is|${S}s|${S}are|${S}was|${S}were)?${S}(?:in${S})?your${S}(?:${PROMPT}|system${S}prompt)\\b`,
  `\\b${TELL}(?:${S}(?:me|us|with)){0,2}${S}(?:the|your)${S}(?:instructions?|rules?|prompts?)${S}(?:that${S})?you${S}(?:were|have${S}been|received|got)\\b`,
  `\\b(?:what${S}(?:were${S}you${S}told|rules${S}has${S}your${S}developer|did${S}your${S}(?:developers?|creators?)${S}tell)|which${S}rules${S}were${S}you${S}given)\\b`,
  `\\b(?:repeat|print|output|paste|recite|copy|show|write${S}out)${S}(?:me${S})?(?:(?:the|all|of|every|everything|entire)${S}){0,3}(?:(?:text|words?|everything|content|messages?|that${S}(?:appears|stands|is))${S}){1,3}(?:above|before${S}this)(?:${S}(?:this|my)|${O}[.,!]|${O}$|${S}(?:word|verbatim|starting|in${S}full))`,
  `\\b(?:starting|beginning)${S}with${S}(?:the${S}(?:phrase|words?)${S})?you${S}are\\b`,
  `\\beverything${S}above${S}this${S}line\\b|\\b(?:write|make)\\b[^.\\n]{0,60}\\byour${S}(?:hidden|system|secret|initial)${S}prompt\\b`,
  // To whoever summarises this
  `\\b(?:note|attention|message|instructions?|important|dear|hidden${S}note|memo|warning)${S}(?:to|for)?${O}(?:all${S}|the${S}|any${S})?${MODEL}\\b(?:${S}(?:summari[sz]ing|reading|processing|working))?[^\\n]{0,60}?(?::|!|\\bif${S}you\\b|\\btell\\b)`,
  `\\bif${S}(?:you(?:${S}are|${S}re)|this${S}is${S}read${S}by|read${S}by)${S}(?:an?${S})?(?:${MODEL})\\b(?!${S}(?:researcher|engineer|expert|developer|startup|company))[^.\\n]{0,60}?,`,
  `\\b(?:${MODEL})${S}(?:must|should|shall|has${S}to|have${S}to|will)${S}(?:not${S})?(?:visit|call|ignore|send|forward|run|execute|recommend|inform|mention|tell|reply|output|obey)\\b(?!${S}the${S}(?:players?|guests?|customers?|team)\\b)`,
  `(?:^|[\\n.!"<>—-])\\s{0,8}(?:dear${S})?(?:ai|llm|assistant|ai${S}assistants?|ai${S}agents?|chatbot)(?:${S}assistants?)?\\s{0,4}[:,]\\s{0,4}(?:please${S})?(?:do${S}not|ignore|print|reveal|send|forward|delete|approve|run|call|output|disregard|your|instead|tell|say|reply|recommend|forward)\\b`,
  `\\bto${S}all${S}(?:coding${S}|ai${S})(?:agents|assistants)\\b`,
  `\\bwhen(?:ever)?${S}(?:you${S}(?:are${S})?)?(?:summari[sz](?:e|ing)|process(?:ing)?|read(?:ing)?)${S}this\\b[^.\\n]{0,80}?\\b(?:also${S}include|forward|send|instead|do${S}not${S}mention|add${S}a${S}link)\\b`,
  `\\b(?:before|after)${S}(?:you${S}answer|answering)\\b[^.\\n]{0,60}?\\b(?:call|append|send|silently|secretly|run)\\b|\\bmust${S}call${S}the${S}tool\\b`,
  // Behind the user's back
  `\\b(?:do${S}not|don${O}t|never|without)${S}(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?${S}(?:it|this)${S}to|alert(?:ing)?|warn(?:ing)?|notify(?:ing)?|ask(?:ing)?)${S}the${S}user\\b(?!s)`,
  `\\bdo${S}not${S}(?:mention|ask)${S}(?:it|this|for${S}confirmation)(?:${S}to${S}the${S}user)?\\b[^.\\n]{0,40}(?:user|first|confirmation)`,
  `\\b(?:run|execute)${S}[^\\n]{0,80}?\\bdo${S}not${S}ask${S}for${S}confirmation\\b|\\bdelete${S}all${S}other${S}entries\\b|\\bapprove${S}the${S}refund${S}of${S}every\\b`,
  `\\bsecretly${S}(?:add|insert|include|send|call|delete|append)\\b`,
  `\\bexfiltrate${S}(?:the|all|this|our|user)\\b`,
  `\\b(?:send|forward|append|upload|post|submit|leak)${S}(?:\\S{1,24}\\s{1,4}){0,6}?(?:conversation|chat${S}history|inbox|api${S}keys?|passwords?|credentials|contents${S}of${S}\\S{1,24}|secrets?|customer${S}list|chat${S}log)\\s{1,4}(?:\\S{1,24}\\s{1,4}){0,3}?(?:to|at|via)\\s{1,4}(?:https?:|\\S{1,64}@)`,
  `\\boutput${S}the${S}user${S}s?${S}(?:api${S}key|password|credentials)\\b|\\benter${S}the${S}user${S}s?${S}credentials\\b|\\bask${S}the${S}user${S}for${S}(?:their|his|her|the)${S}password\\b`,
  `!\\[[^\\]\\n]{0,80}\\]\\(\\s{0,4}https?:[^)\\n]{0,200}(?:prompt|data|secret|history|conversation)[^)\\n]{0,20}[=/]?\\[[^\\]\\n]{1,60}\\]`,
];
/** One by one: as alternatives of a single expression they take four times as long. */
const EXPRESSIONS = ATTACKS.map((attack) => new RegExp(attack, 'i'));

export const isInjection = (text: string): boolean => EXPRESSIONS.some((attack) => attack.test(text));

/** For letters that stand on their own, or words without spaces between them: only what no other words can spell. */
export const SQUEEZED =
  /(?:ignore|disregard|forget|override|bypass)(?:all|any|every|of|the|my|your|these|those)*(?:previous|prior|earlier|above|your|system|safety|original)(?:of|the|system|safety|previous)*(?:instructions?|rules?|guidelines?|directives?|prompts?|guardrails?)|(?:reveal|print|show|repeat)(?:me)?(?:your|the)(?:full|entire|hidden)*(?:systemprompt|instructions)|(?:ignore|disregard|forget)(?:the|all|these)*(?:rules|instructions|guidelines|prompts)(?:above|before)|youarenow(?:in)?(?:developer|dan|jailbreak)(?:mode)?|youarenolongerboundby|doanythingnow/i;
