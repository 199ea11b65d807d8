"""Function words by language (ISO 639-1): they tell which language a text is in, and carry no topic in a question.

Short on purpose: the few dozen words that make up a third of any text, plus the words that ask.
"""

from functools import cache

import regex

_WORDS: dict[str, str] = {
    "en": """
        a an the and or but nor if then than that this these those there here of to in on at by for from with
        without into onto about as is are was were be been being am do does did done doing have has had having can
        could may might must shall should will would not no it its he him his she her hers they them their we us our
        you your i me my who whom whose which what when where why how so such some any many much also please tell
    """,
    "de": """
        der die das den dem des ein eine einen einem einer eines und oder aber wenn dann dass als ob in im an am auf
        aus bei beim mit nach von vom vor zu zum zur für über unter durch gegen ohne um bis ist sind war waren wird
        werden wurde wurden sein hat haben hatte hatten kann können muss müssen soll sollen darf dürfen nicht kein
        keine es er sie wir ihr ich du man sich mein dein unser euer diese dieser dieses diesem diesen wer wen wem
        wessen was wann wo warum wieso weshalb wie wohin woher welche welcher welches welchen welchem wofür womit
        auch noch nur schon sehr bitte habe hast hätte wäre würde könnte sollte müsste viel viele vielen vieler oft
        mir mich dir dich ihm ihn ihnen uns euch alle jede jeder jedes
    """,
    "fr": """
        le la les l un une des du de d et ou mais si que qu qui quoi dont où à au aux en dans par pour sur sous avec
        sans chez vers entre est sont était étaient être été a ont avait avoir sera fut ne n pas plus il elle ils
        elles on nous vous je j tu se s son sa ses leur leurs mon ma mes ton ta tes notre nos votre vos ce c cet
        cette ces quand comment pourquoi combien quel quelle quels quelles lequel laquelle y est-ce aussi très comme
        fait peut doit
    """,
    "es": """
        el la los las un una unos unas de del al a y o u e pero si que en por para con sin sobre entre hasta desde
        es son era eran ser fue fueron está están estar ha han había haber hay no se su sus lo le les me mi mis te
        tu tus nos nuestro nuestra él ella ellos ellas yo este esta estos estas ese esa eso esto quién quiénes qué
        cuándo cuánto cuánta cuántos cuántas dónde cómo cuál cuáles quien cuando donde como cual más muy también
        puede debe
    """,
    "it": """
        il lo la i gli le l un uno una di del dello della dei degli delle a al allo alla ai agli alle da dal dalla
        dai in nel nella nei nelle con su sul sulla per tra fra e ed o ma se che chi cui non è sono era erano essere
        stato stata ha hanno aveva avere si suo sua suoi loro mio tuo nostro questo questa questi queste quello
        quella quando quanto quanti quante dove come perché quale quali cosa c più anche può deve
    """,
    "pt": """
        o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela para com sem sobre entre até e ou
        mas se que é são era eram ser foi foram está estão estar há tem têm tinha ter não seu sua seus suas ele ela
        eles elas eu você nós este esta estes estas esse essa isso isto quem quando quanto quantos quantas onde como
        qual quais porque ao aos à às mais muito também pode deve
    """,
    "nl": """
        de het een en of maar als dan dat die dit deze van in op aan bij met voor door over uit naar om tot te ten
        ter tussen is zijn was waren wordt worden werd werden heeft hebben had hadden kan kunnen moet moeten mag zal
        zullen niet geen er hij zij ze wij we ik je jij u hun hem haar mijn jouw ons onze uw wie wat wanneer waar
        waarom hoe hoeveel welke welk ook nog zich
    """,
    "sv": """
        en ett den det de och eller men om att som i på av för med till från vid under över mellan genom är var vara
        blev blir har hade kan ska skall måste inte ingen han hon vi jag du ni sig sin sitt sina min din vår denna
        detta dessa vem vad när varför hur vilken vilket vilka många också så
    """,
    "da": """
        en et den det de og eller men hvis at som i på af for med til fra ved under over mellem gennem er var være
        blev bliver har havde kan skal må ikke ingen han hun vi jeg du sig sin sit sine min din vores denne dette
        disse hvem hvad hvornår hvor hvorfor hvordan hvilken hvilket hvilke mange også så efter
    """,
    "no": """
        en et ei den det de og eller men hvis at som i på av for med til fra ved under over mellom gjennom er var
        være ble blir har hadde kan skal må ikke ingen han hun vi jeg du seg sin sitt sine min din vår denne dette
        disse hvem hva når hvor hvorfor hvordan hvilken hvilket hvilke mange også så etter
    """,
    "fi": """
        ja tai mutta jos kun että joka jotka mikä mitä missä milloin miksi miten kuka kuinka monta millainen mihin
        mistä on oli ovat olivat olla ollut ei eivät hän se he ne me minä sinä te tämä tämän nämä sen sitä niiden
        hänen heidän ovatko onko myös vain kuin sekä mukaan jälkeen ennen voi pitää
    """,
    "pl": """
        i oraz lub albo ale jeśli że który która które których w we na z ze do od po za przed przy dla o u pod nad
        między przez jest są był była było były być został została ma mają miał może można nie się to ten ta te tego
        tej tych on ona oni jego jej ich mój twój nasz kto kogo co kiedy gdzie dlaczego jak ile jaki jaka jakie czy
        także też tylko
    """,
    "cs": """
        a i nebo ale pokud že který která které kteří v ve na z ze do od po za před při pro o u s se si k ke nad pod
        mezi je jsou byl byla bylo byli být má mají měl může lze ne není to ten ta tyto toto tento jeho její jejich
        můj tvůj náš kdo koho co kdy kde proč jak kolik jaký jaká jaké zda také jen
    """,
    "ro": """
        și sau dar dacă că care cine ce când unde cum cât câți câte de la în din pe cu fără pentru prin peste sub
        între este sunt era erau fi fost are au avea nu se își lui ei lor un o unei unui al ai ale cel cea cei cele
        acest această aceste mai foarte poate trebuie
    """,
    "hu": """
        a az egy és vagy de ha hogy aki amely ami nem is van vannak volt voltak lesz lehet kell ez ezt azt ezek azok
        ki kit mi mit mikor hol miért hogyan hány mennyi melyik milyen csak már még után előtt alatt között szerint
        mint meg el
    """,
    "tr": """
        ve veya ile ama eğer ki de da bu şu o bir için gibi kadar daha en çok olan olarak oldu olduğu var yok değil
        mi mı mu mü ne nedir kim kimdir kimin nerede nereye nasıl niçin neden hangi kaç kaçıncı zaman sonra önce
        göre her hem
    """,
    "id": """
        dan atau tetapi jika bahwa yang di ke dari pada dengan tanpa untuk oleh tentang antara adalah ialah ini itu
        tidak bukan ada akan telah sudah dapat bisa harus ia dia mereka kami kita saya anda nya siapa apa kapan mana
        dimana mengapa bagaimana berapa juga sebagai dalam
    """,
    "ca": """
        el la els les l un una uns unes de del dels d al als a i o però si que en per amb sense sobre entre fins és
        són era eren ser va van està ha han havia no es seu seva seus seves aquest aquesta aquests qui què quan
        quant quants on com quin quina quins quines més també pot ha-de
    """,
    "vi": """
        và hoặc là của có không được các những một trong trên dưới với cho từ đến tại bởi này đó khi nào ai gì đâu
        sao thế như bao nhiêu mấy vì đã sẽ đang cũng thì mà về ra vào theo người
    """,
    "et": """
        ja või aga kui et kes mis kus millal miks kuidas mitu on oli olid olla ei see need ta nad me ma sa te oma
        selle nende tema ning ka veel siis pärast enne
    """,
    "lt": """
        ir arba bet jei kad kas kuris kuri kurie ko kur kada kodėl kaip kiek koks kokia yra buvo būti ne į iš su be
        už prie per nuo iki po dėl apie tai šis ši jis ji jie jų jo jos
    """,
    "ru": """
        и или а но если что чтобы как в во на с со к ко от до по за из у о об при для над под между через не ни же
        ли бы это этот эта эти того тот та те он она оно они его её ее их мы вы я ты мой наш ваш свой быть был была
        было были есть является кто кого чего когда где куда откуда почему зачем сколько какой какая какое какие
        который которая которые также только уже
    """,
    "uk": """
        і й та або але якщо що щоб як в у на з із зі до від по за для над під між через не ні це цей ця ці той ті
        він вона воно вони його її їх ми ви я ти був була було були є хто кого чого коли де куди звідки чому скільки
        який яка яке які також тільки вже
    """,
    "bg": """
        и или но ако че да в във на с със към от до по за из при над под между през не ни ли бе това този тази тези
        той тя те то му ѝ им ние вие аз ти е са беше бяха бъде кой коя кое кои какво кога къде защо как колко също
        само
    """,
    "sr": """
        и или али ако да што у на с са к од до по за из при над под између кроз не ни ли је су био била било били
        бити овај ова ово ови тај та то он она оно они његов њен њихов ми ви ја ти ко кога шта када где зашто како
        колико који која које такође
    """,
    "el": """
        ο η το οι τα του της των τον την τους τις ένας μια μία ένα και ή αλλά αν ότι που να σε στο στη στην στον στα
        στις στους από με χωρίς για προς κατά μετά πριν είναι ήταν έχει έχουν είχε δεν μην θα αυτός αυτή αυτό αυτά
        αυτές ποιος ποια ποιο ποιοι πότε πού γιατί πώς πόσο πόσα πόσοι πόσες τι ως
    """,
    "ar": """
        و أو ثم في من إلى على عن مع بين حتى منذ خلال بعد قبل أن إن كان كانت يكون هو هي هم هذا هذه ذلك تلك التي الذي
        الذين ما ماذا متى أين كيف لماذا كم هل أي لا لم لن قد كل بعض عند لدى بها به فيها له لها
    """,
    "fa": """
        و یا اما اگر که در از به با بی برای تا بر است بود بودند هستند شد می را این آن او آنها ما شما من چه کی کجا
        چرا چگونه چند کدام هر نیز هم یک
    """,
    "he": """
        של את על עם אל מן בין או אם כי אשר לא הוא היא הם הן זה זו אלה היה הייתה היו יש אין מי מה מתי איפה היכן למה
        מדוע איך כיצד כמה איזה איזו גם רק כל אני אתה אנחנו
    """,
    "hi": """
        का की के को में से पर ने और या लेकिन यदि कि जो यह ये वह वे इस उस इन उन एक है हैं था थी थे हो होता होती होते
        गया गई गए कर करता करने नहीं न तो भी ही तक लिए साथ बाद कौन किस किसने किसके क्या कब कहाँ कहां क्यों कैसे कितना
        कितने कितनी कौनसा कौनसी अपने द्वारा
    """,
}


@cache
def stop_words(language: str) -> frozenset[str]:
    """The function words of a language, casefolded; empty for one that is not known here."""
    return frozenset(word.casefold() for word in _WORDS.get(language, "").split())


def known_languages() -> tuple[str, ...]:
    """Within a script, roughly the most widely written first."""
    return tuple(_WORDS)


_UNSPACED: dict[str, str] = {
    "zh": (
        "为什么|為什麼|什么|什麼|哪[里裡儿些个個]?|谁|誰|怎么|怎麼|如何|多少|[几幾](?!何)|是否|吗|嗎|呢|请问|請問"
        "|(?<!目)的|了(?!解)|是"
    ),
    "ja": (
        "でしょうか|でしたか|ですか|ますか|ました|どのくらい|どのように|とは|誰|何|どこ|いつ|どの|どれ|なぜ|いくつ|いくら"
    ),
    "th": ("อะไร|ใคร|ที่ไหน|เมื่อไหร่|เมื่อไร|เมื่อใด|กี่|เท่าไหร่|เท่าไร|เท่าใด|อย่างไร|ทำไม|หรือไม่|ไหม|คือ|ของ|และ"),
    "ko": (
        "무엇(?:을|이|인가)?|누구(?:를|의|인가)?|어디(?:에|에서|인가)?|언제|얼마(?:나)?|어떻게|왜|몇|입니까|인가요|인가|나요|습니까"
        r"|(?<=\p{Hangul}{2})(?:에서|에게|으로|은|는|이|가|을|를|의|에|로|와|과|도)(?!\p{Hangul})"
    ),
}
"""What asks or only joins, in scripts without spaces between words: where a question is cut before it is paired."""


@cache
def _cuts(language: str) -> regex.Pattern[str] | None:
    pattern = _UNSPACED.get(language)
    return regex.compile(pattern) if pattern else None


def cut_function_words(question: str, language: str) -> str:
    """The question with spaces for its function words, if the language sets none around them."""
    pattern = _cuts(language)
    return pattern.sub(" ", question) if pattern else question
