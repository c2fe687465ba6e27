/** Injections elsewhere: "ignore the previous instructions" in other languages than English, and their prompts. */

/** Between words, in any script. */
const S = String.raw`[\s.,:;*_"'’-]{1,8}`;
const W = String.raw`(?:[\p{L}\p{M}'’]{1,16}${S}){0,4}?`;

const PHRASES: readonly string[] = [
  // No rules any more; which are yours?
  `(?:sin|sans|ohne|senza|sem|zonder|без|bez)${S}(?:ninguna${S}|ninguna${S}|aucune${S}|jegliche${S}|alcuna${S}|каких-либо${S}|żadnych${S})?(?:restricciones|restrictions|einschränkungen|beschränkungen|restrizioni|restrições|beperkingen|ограничений|ograniczeń)`,
  `(?:plus|keine|kein)${S}(?:aucune?${S})?(?:règles?|regeln)${S}(?:ne${S}s['’]applique|mehr)|gelten${S}${W}regeln${S}nicht${S}mehr|carte${S}blanche,?${S}plus${S}aucune${S}règle`,
  `(?:cuáles${S}son${S}tus|quelles${S}sont${S}tes|was${S}sind${S}deine|quali${S}sono${S}le${S}tue|quais${S}são${S}(?:as${S})?suas|какие${S}у${S}тебя)${S}(?:instrucciones|instructions|anweisungen|istruzioni|instruções|consignes|инструкции)`,
  // Spanish, Portuguese, Italian
  `(?:ignor[ae]|ignorad|olvid[ae]|descarta|omite|desobedece|no${S}(?:hagas${S}caso|sigas|obedezcas))${S}${W}(?:(?:instrucciones|órdenes|indicaciones|reglas|directrices)${S}${W}(?:anteriores|previas|dieron|dadas|de${S}arriba)|(?:anteriores|previas)${S}(?:instrucciones|reglas)|tus${S}(?:reglas|instrucciones|directrices))`,
  `(?:revela|muestra|muéstrame|dime|imprime)${S}${W}(?:prompt|mensaje|instrucciones)${S}(?:del${S}|de${S}tu${S})?sistema`,
  `(?:ignor[ae]|esqueç[ao]|esquece|desconsider[ae]|desobedeça|não${S}siga)${S}${W}(?:instruções|regras|ordens|diretrizes)${S}(?:${W}(?:anteriores|prévias|acima|dadas)|do${S}sistema)`,
  `(?:ignor[ai]|ignorate|dimentica|dimenticate|non${S}seguire|trascura)${S}${W}(?:(?:istruzioni|regole|direttive|indicazioni)${S}${W}(?:precedenti|ricevute|sopra|date)|precedenti${S}(?:istruzioni|regole)|tue${S}(?:regole|istruzioni))`,
  // French
  `(?:ignor(?:e[zr]?|ons)|oubli(?:e[zr]?)|néglige[zr]?|ne${S}(?:tiens|tenez|suis|suivez)${S}(?:pas${S})?(?:compte${S})?|fais${S}abstraction)${S}?${W}(?:(?:instructions|consignes|règles|directives)${S}${W}(?:précédentes|antérieures|ci-dessus|données|reçues)|(?:précédentes|anciennes)${S}(?:instructions|consignes)|tes${S}(?:règles|consignes|instructions))`,
  `oublie[zr]?${S}tout${S}ce${S}qu${S}(?:on|il|elle|je)${S}|(?:révèle|montre|affiche|donne)${S}${W}(?:tes${S}consignes|(?:prompt|message|invite)${S}(?:du${S}|de${S})?système)`,
  // German, Dutch, Swedish, Danish, Norwegian
  `(?:ignorier(?:e|en|t)?|vergiss|vergesst|missachte|beachte|befolge|übergehe)${S}${W}(?:(?:vorherigen?|vorigen?|bisherigen?|früheren?|obigen?|vorangegangenen?|ursprünglichen?)${S}(?:anweisungen|regeln|instruktionen|befehle|vorgaben|richtlinien)|deine${S}(?:regeln|anweisungen|vorgaben|richtlinien))`,
  `(?:zeige?|gib|nenne|verrate|drucke)${S}${W}(?:deinen?|den|dein)${S}system-?prompt`,
  `(?:negeer|vergeet|sla)${S}${W}(?:(?:vorige|voorgaande|eerdere|bovenstaande)${S}(?:instructies|regels|opdrachten|aanwijzingen)|je${S}(?:regels|instructies))|toon${S}(?:je|de)${S}systeemprompt`,
  `(?:ignorera|glöm|bortse${S}från|ignorer|glem|se${S}bort${S}fra)${S}${W}(?:(?:tidigare|föregående|ovanstående|tidligere|foregående|forrige|ovenstående|foregående)${S}(?:instruktioner|instruksjoner|regler|anvisningar|anvisninger)|(?:dina|dine)${S}(?:regler|instruktioner))`,
  // Polish, Czech, Romanian, Hungarian, Turkish, Finnish, Indonesian, Vietnamese
  `(?:zignoruj|ignoruj|zapomnij|pomiń)${S}${W}(?:poprzednie|wcześniejsze|powyższe|poprzednich|wcześniejszych)${S}(?:instrukcje|polecenia|zasady|instrukcjach|instrukcji)`,
  `(?:ignoruj|zapomeň(?:${S}na)?|přehlížej)${S}${W}(?:předchozí|předešlé|dřívější)${S}(?:instrukce|pokyny|pravidla)`,
  `(?:ignoră|ignorați|uită)${S}${W}(?:instrucțiunile|regulile|indicațiile)${S}(?:anterioare|precedente|de${S}mai${S}sus)`,
  `(?:hagyd${S}figyelmen${S}kívül|felejtsd${S}el)${S}${W}(?:korábbi|előző|fenti)${S}(?:utasítás|szabály)`,
  `(?:önceki|yukarıdaki)${S}${W}(?:talimat|kural|komut|yönerge)\\p{L}{0,8}${S}${W}(?:yok${S}say|görmezden${S}gel|unut|dikkate${S}alma)`,
  `(?:unohda|ohita|jätä${S}huomiotta)${S}${W}(?:aiemmat|edelliset|aikaisemmat|edeltävät)${S}(?:ohjeet|säännöt|käskyt)`,
  `(?:abaikan|lupakan)${S}${W}(?:instruksi|perintah|aturan)${S}${W}(?:sebelumnya|di${S}atas)`,
  `(?:bỏ${S}qua|quên|phớt${S}lờ)${S}${W}(?:hướng${S}dẫn|chỉ${S}dẫn|lệnh|quy${S}tắc)${S}${W}(?:trước|bên${S}trên)`,
  // Russian, Ukrainian, Bulgarian
  `(?:игнорируй(?:те)?|забудь(?:те)?|не${S}(?:обращай(?:те)?${S}внимания${S}на|следуй(?:те)?))${S}${W}(?:предыдущи\\p{L}{1,3}|прежни\\p{L}{1,3}|прошлы\\p{L}{1,3}|вышеуказанны\\p{L}{1,3})${S}(?:инструкци|указани|правил|команд)`,
  `(?:ігноруй(?:те)?|забудь(?:те)?)${S}${W}(?:попередн\\p{L}{1,3})${S}(?:інструкц|вказівк|правил)|(?:игнорирай|забрави)${S}${W}(?:предишни\\p{L}{0,3}|всички)${S}${W}(?:инструкци|указани|правил)`,
  `(?:покажи|выведи|раскрой)${S}${W}системный${S}промпт`,
  // Greek, Hebrew, Arabic, Persian, Hindi
  `(?:αγνόησε|ξέχνα|αγνοήστε|ξεχάστε)${S}${W}(?:προηγούμενες|παραπάνω)${S}${W}(?:οδηγίες|εντολές)`,
  `(?:התעלם|התעלמי|שכח|שכחי)${S}${W}(?:מ?ה?הוראות|מ?ה?הנחיות)`,
  `(?:تجاهل|تجاهلي|انس|انسَ)${S}${W}(?:ال)?(?:تعليمات|أوامر|قواعد|إرشادات)|(?:نادیده${S}بگیر|فراموش${S}کن)|(?:دستورات|دستورالعمل${S}?های)${S}قبلی${S}${W}(?:نادیده|فراموش)`,
  `(?:पिछले|पूर्व|ऊपर${S}के)${S}${W}(?:निर्देशों|निर्देश|नियमों|आदेशों)${S}(?:को${S})?(?:अनदेखा|भूल|नज़रअंदाज़)`,
];
/** No spaces, or none that matter: they may begin anywhere. */
const UNSPACED: readonly string[] = [
  '(?:没有|沒有|无|無)(?:任何)?(?:限制|约束|規則|规则)的?(?:AI|人工智能|助手|模型)',
  '(?:制限|制約|ルール)の?(?:ない|無い|なし)(?:の)?(?:AI|アシスタント|モデル)',
  '(?:제한|제약|규칙)(?:이)?\\s?없는\\s?(?:AI|인공지능|모델)',
  '(?:忽略|无视|無視|忘记|忘記|忘掉|不要遵守|不要理会)(?:你)?(?:之前|以上|先前|前面|此前|上面|上述|所有|全部|一切|你)[^。！？\\n]{0,12}?(?:指令|指示|命令|规则|規則|提示|说明|設定|设定|要求)',
  '(?:输出|显示|告诉我|透露|打印|泄露)(?:你的|你)?[^。！？\\n]{0,6}?(?:系统提示|系統提示|系统指令|提示词|初始指令)',
  '(?:以前|これまで|上記|前|今まで|先ほど|すべて|全て)[^。！？\\n]{0,8}?(?:指示|命令|ルール|プロンプト|指令|設定)[^。！？\\n]{0,8}?(?:無視|忘れ|従わない)',
  'システムプロンプトを(?:表示|教え|出力|見せ)',
  '(?:이전|위|앞|지금까지)[^.!?\\n]{0,10}?(?:지시|명령|규칙|지침|프롬프트)[^.!?\\n]{0,10}?(?:무시|잊어|따르지)|시스템\\s?프롬프트를?\\s?(?:보여|알려|출력|공개)',
  '(?:ละเว้น|ไม่ต้องสนใจ|ลืม|เพิกเฉย)[^\\n]{0,10}?(?:คำสั่ง|คำแนะนำ|กฎ)[^\\n]{0,16}?(?:ก่อนหน้า|ข้างต้น|ที่ผ่านมา)',
];
const EXPRESSIONS = [
  ...PHRASES.map((phrase) => new RegExp(`(?<![\\p{L}\\p{M}])(?:${phrase})`, 'iu')),
  ...UNSPACED.map((phrase) => new RegExp(phrase, 'iu')),
];

export const isInjectionElsewhere = (text: string): boolean =>
  EXPRESSIONS.some((phrase) => phrase.test(text));
