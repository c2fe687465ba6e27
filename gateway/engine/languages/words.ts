/** Words: for each language that can be told, those that hardly a sentence does without, and the letters that are its own. */

/** ISO 639-1. Small words that are common in several of these languages are in each of them, and count for less. */
const WORDS: Readonly<Record<string, string>> = {
  en: 'the of and to in is it that you for on with are this be at have from or by not what can how why where when who which my your his her they we there their an will would should could do does did has had was were if but about please me i a as so no than then into out up more most some any all been being also just like need want explain write give tell make list fix show help',
  de: 'der die das und ist nicht ein eine einen einem einer zu den dem des mit auf für von im in sich auch es an werden aus er hat dass sie nach wird bei einem um am sind noch wie kann ich mir mich mein meinen meine wir was wann wo warum welche welcher bitte gestern morgen habe möchte über zwischen oder aber wenn man nur so sehr zum zur vom als doch mal schreib bekommen brauche können sie',
  fr: "le la les de des du un une et est pas que qui dans pour sur avec ce cette ces il elle nous vous je tu mon ma mes ton ta son sa au aux en ne se par plus ou où mais comme être avoir fait sera été ai as a ont sont quel quelle pourquoi comment quand bonjour merci demain soir entre moi deux l' d' j' c' n' m' qu' s' besoin voudrais",
  es: 'el la los las de del un una unos y es no que en por para con se lo su sus al como más pero o este esta esto muy sin sobre me mi tu te le les yo nosotros ustedes hay ha he son está están ser fue qué cuál dónde cuándo cómo quién cuánto puedo quiero necesito mañana hoy ayer entre dos tiene tengo todo toda desde hasta porque cuando quisiera',
  it: "il lo la i gli le di del della dei delle un una uno e è non che in per con si su al alla come più ma o questo questa sono sei ha ho hanno essere stato dove quando perché chi quale quanto posso vorrei mi ti ci vi tra fra domani oggi ieri molto anche nel nella dal dalla l' d' un' dell' all' c' quest' stasera due tutta tutto serve verrà",
  pt: 'o a os as de do da dos das um uma e é não que em no na nos nas por para com se ao à como mais mas ou este esta isto esse muito sem sobre me meu minha seu sua eu você nós há são está foi ser onde quando quem qual quanto posso quero preciso amanhã hoje ontem entre dois duas tem tenho toda todo pelo pela gostaria será hora vai',
  nl: 'de het een en van is niet dat in op te voor met zijn er aan om ook als bij nog maar dan wat wie waar wanneer waarom hoe ik je jij u we wij ze zij mijn jouw uw kan kun wil graag zou moet heb heeft wordt worden door over uit naar dit deze die of tussen morgen gisteren leg alsjeblieft geen veel meer twee hele voor zoek weer',
  sv: 'och att det är en ett som på för med av inte den i till jag du han hon vi ni de har kan om men var vad hur när varför vilken mitt min mina din ditt så från eller skulle vill ska blir efter mellan morgon idag mycket alla här där också sig över nu något behöver hela till skickas tack',
  da: 'og at det er en et som på for med af ikke den i til jeg du han hun vi de har kan om men hvor hvad hvordan hvornår hvorfor hvilken mit min mine din dit så fra eller vil skal bliver efter mellem morgen meget alle her der også sig over nu noget brug gerne sendt tidlig hele blev været åbent af',
  nb: 'og at det er en et som på for med av ikke den i til jeg du han hun vi de har kan om men hvor hva hvordan når hvorfor hvilken mitt min mine din ditt så fra eller vil skal blir etter mellom morgen mye alle her der også seg over nå noe trenger gjerne sendt tidlig hele ble vært åpent ei av',
  fi: 'ja on ei se että en oli hän mutta niin kun joka jos kuin myös minä sinä me te he tämä tuo ovat olen olet olla voi voin mitä mikä missä milloin miksi miten kuka haluaisin haluan kanssa vain nyt sitten jo vielä kaikki tai huomenna tänään mistä kahdelle näiden tarvitsen millainen koko helpon aamulla yli',
  pl: 'i w na z nie się to jest że do o jak po co za od ale tak dla przez być czy ten ta te są był była może mogę mam ja ty on ona my wy oni który która które gdzie kiedy dlaczego kto jaki jaka jakie proszę chciałbym jutro dzisiaj między oraz lub już tylko bardzo tego tej dwóch dwiema szybko zostanie całego potrzebuję będzie',
  cs: 'a v na se je že to s z do o i jak po pro ale by jsem jsi být jsou byl byla může mohu mám já ty on ona my vy oni který která které kde kdy proč kdo co jaký jaká jaké prosím chtěl bych zítra dnes mezi nebo už jen velmi toho té si pod dvě dva oběma rychle bude celému potřebuji teď najdu přes na',
  hu: 'a az és nem hogy egy is van volt ez de meg csak már mint vagy ha mert én te ő mi ti ők lesz kell lehet milyen hol mikor miért ki mit hogyan szeretnék holnap ma tegnap között két nagyon még minden azt ezt fel le ki be el egész kellene most egyszerű reggel két gyorsan személyre',
  ro: 'și în de la cu pe nu este un o care să a al ai ale că din pentru mai ce sau dar eu tu el ea noi voi ei sunt am ai are au fi fost va vor unde când cum cine de ce pot vreau aș dori mâine azi ieri între doi două foarte tot toată acest această lui mi trebuie nevoie întregii rețetă asta',
  tr: 've bir bu da de ne için ile mi mu mı o çok daha gibi var yok ama ben sen biz siz onlar olan olarak kadar sonra şu her hava nasıl nerede zaman neden kim hangi istiyorum yarın bugün dün arasında iki bütün şey olacak değil mısın lazım kolay kişilik açık ekibe sabah',
  id: 'yang dan di ke dari ini itu untuk dengan tidak pada adalah saya kamu anda dia kami kita mereka akan bisa ada apa siapa mana kapan mengapa kenapa bagaimana ingin mau sudah belum juga atau karena oleh dua besok hari sangat semua tersebut antara jelaskan lebih dalam seperti kepada butuh masih cepat orang',
  vi: 'và là của có không được cho một những các trong với này đó khi người tôi bạn anh chị chúng ta ở đâu gì nào sao thế vì để đã đang sẽ muốn cần hãy giữa hai ngày mai hôm nay rất cũng từ đến ra vào trên thể tìm cả',
  ru: 'и в не на я что он с как это по но они к у ты из за вы мы так же от бы о для мне меня его её их был была было быть есть где когда почему кто какой какая какие можно нужен нужно хотел хочу завтра сегодня между или уже только очень этими эти двоих который которая сейчас будет всей до объясни',
  uk: 'і в не на я що він з як це по але вони до у ти із за ви ми так ж від би о для мені мене його її їх був була було бути є де коли чому хто який яка які можна потрібен потрібно хотів хочу завтра сьогодні між або вже тільки дуже цими двох який та зараз буде всій поясни вулицею',
  bg: 'и в не на аз че той с как това по но те към у ти от за вие ние така же бих о ми мен го я ги беше бъде да са е къде кога защо кой какво какъв каква мога трябва искал искам утре днес между или вече само много тези двама който която сега ще целия до обясни се двата',
  ar: 'في من على إلى أن هذا هذه التي الذي ما لا هو هي أنا أنت نحن كان كانت يمكن يمكنني كيف أين متى لماذا كل قد عن مع بين غدا اليوم أو ثم أريد سيتم سيكون كله حتى عند',
  fa: 'در از به که این آن را با است برای هر یک تا من تو او ما شما آنها می نمی شود کنم کجا کی چرا چطور چه بود باید فردا امروز بین و یا همه خواهم دو صبح',
  ur: 'کے کی میں ہے اور سے کا کو پر یہ وہ نہیں ہیں کیا تھا کر ہم آپ لیے بھی ایک جو کہاں کب کیوں کیسے',
};

/** Letters that no other language here has, or few: a word with one is as good as a small word. */
const LETTERS: Readonly<Record<string, string>> = {
  de: 'ßäöü',
  fr: 'çœèêùûîô',
  es: 'ñ¿¡áíóú',
  it: 'èòùì',
  pt: 'ãõçáâêô',
  nl: '',
  sv: 'åäö',
  da: 'æøå',
  nb: 'æøå',
  fi: 'äö',
  pl: 'łąęśźżńć',
  cs: 'řěůčšžý',
  hu: 'őűáéíóöü',
  ro: 'șțăâî',
  tr: 'ğışçöü',
  vi: 'ơưđạảấầẩậắằặẹẻẽếềểệỉịọỏốồổộớờởợụủứừửựỳỵỷỹ',
  ru: 'ыэё',
  uk: 'іїєґ',
  bg: 'ъщ',
  fa: 'پچژگ',
  ur: 'ٹڈڑںےھ',
  ar: 'ةىأإ',
};

/** How words end: three letters or four that are typical, of words that are longer than their ending by three. */
const ENDINGS: Readonly<Record<string, string>> = {
  en: 'ing tion ness ight ould ough ally able less',
  de: 'ung lich keit heit isch chen eren igen tigt ßen',
  fr: 'ment eaux euse aire ique elle ette ient rait oire',
  es: 'ción dad ando iendo mente ería ados idos aron imos',
  it: 'zione mente ando endo ità ello etto iamo ano are ere ire',
  pt: 'ção dade mente ando endo inho ões ável aram amos',
  nl: 'lijk heid ijke eren aten ende eert tjes',
  sv: 'ning arna erna ande aste igt het skt',
  da: 'ning erne ende este igt hed gtigt tigt aden',
  nb: 'ning ene ende este igt het sjon enne',
  fi: 'ssa ssä lla llä sta stä sti ksi lle een iin aan ään oee nen ista asti ksee dun',
  pl: 'ego ych ami ość owa nie owy cie emu ać eć ić',
  cs: 'ého ých ami ost ová ení ovat ému chle',
  hu: 'ban ben nak nek ság ség ett ott kal kel ból ből ként san sen',
  ro: 'ului elor ilor ește ează ție are ile eată',
  tr: 'lar ler dan den nın nin yor dır dir ları leri mak mek acak ecek',
  id: 'kan nya annya asi',
};

function weights(of: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly string[]> {
  const having = new Map<string, string[]>();
  for (const [language, items] of Object.entries(of))
    for (const item of new Set(items)) having.set(item, [...(having.get(item) ?? []), language]);
  return having;
}

const mapValues = (record: Readonly<Record<string, string>>, split: (text: string) => readonly string[]) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, split(value)]));

/** By word, the languages that have it. */
export const LANGUAGES_OF_WORD = weights(mapValues(WORDS, (text) => text.split(' ')));
/** By letter, the languages that have it. */
export const LANGUAGES_OF_LETTER = weights(mapValues(LETTERS, (text) => [...text]));
/** By ending, the languages that have it. */
export const LANGUAGES_OF_ENDING = weights(mapValues(ENDINGS, (text) => text.split(' ')));
