"""How orders to a language model are worded in English, and their commonest words in a few other languages."""

from index.orders import LINK, NEAR, QUOTE, START, order

_REPLY = r"(?:(?:next|final|entire|whole) )?(?:response|reply|answer|output|completion)s?\b"
_RULES = (
    r"(?:instruction|prompt|direction|guideline|rule|command|directive|order|programming|training|context|guidance)s?\b"
)
_EARLIER = r"(?:previous|prior|above|preceding|earlier|foregoing|existing|original|initial|past|former|other|system|safety|your)"
_MODEL = (
    r"(?:(?:ai|a\.i\.)(?: (?:assistant|system|model|agent|tool|reader|chatbot)s?)?|ais|llms?|(?:large )?language models?"
    r"|chatbots?|chatgpt|gpt(?:-\w+)?|virtual assistants?)\b"
)
_FORM = (
    r"(?:letters|vowels|consonants|characters|spaces|typos|misspell\w*|anagram\w*|punctuation|uppercase|lowercase|all caps"
    r"|emojis?|symbols|alphanumeric|homophonic|cipher|caesar|base ?(?:16|32|58|64|85)|rot-?13|hexadecimal|binary|morse"
    r"|braille|pig latin|backwards?|reversed?|encod\w+|encrypt\w*|json|markdown|haiku|rhymes?|poem|pirate|substitution"
    r"|ascii|leetspeak|order of (?:the )?words|every \w+ (?:word|letter|sentence)|numbers for|main keywords)\b"
)
_PIECE = (
    r"(?:an?|one|the|this|some|any) (?:[\w-]+ ){0,3}(?:sentence|statement|paragraph|headline|reminder|tip|line|link|url"
    r"|reason|recommendation|appeal|suggestion|hint|phrase|word|fact|joke|quote|warning|advertisement|promotion|disclaimer"
    r"|testimonial|slogan|call to action|rumou?r|invitation|hashtag|announcement|offer|message)\b"
)
_REWORK = (
    r"(?:modify|augment|enhance|integrate|render|convert|substitute|replace|scramble|jumble(?: up)?|rearrange|anagram"
    r"|misspell|append|prepend|encode|encrypt|encipher|obfuscate|rewrite|rephrase|reformat|embed|infuse|inject|weave"
    r"|sprinkle|incorporate|translate|transcribe|reverse|invert|shuffle|mask)\b"
)
_GIVE = (
    r"(?:add|include|insert|introduce|use|provide|remove|group|combine|begin|start|end|finish|close|write|give|deliver|make"
    r"|put|place|compose|construct|express|present|generate|produce|craft|create|phrase|prefix|conclude|open|mention"
    r"|suggest|promote|spell|swap|omit|delete|repeat|offer|state|split|merge|mix|switch|change|limit|restrict|misspell"
    r"|scramble)\b"
)
_ASIDE = r"(?!.{0,20}\b(?:user|fan|sceptic|skeptic|compan|develop|research|engineer|investor|startup|maker|expert))"
_REPLYING = "response reply answer output completion responses replies answers"
_NAMES = "ai ais a.i llm llms language chatbot chatgpt gpt virtual"

ENGLISH = (
    # Setting aside what it was told.
    order(
        "ignore disregard forget override bypass overlook discard neglect follow following",
        rf"{START}(?:ignore|disregard|forget|override|bypass|overlook|discard|neglect|do not follow|don't follow"
        r"|stop following) (?:about )?(?:(?:all|any|everything|every|each|of|the|these|those|my|and) )*"
        rf"(?:{_EARLIER} )+(?:[\w'-]+ ){{0,2}}{_RULES}",
    ),
    order(
        "ignore disregard forget",
        rf"{START}(?:ignore|disregard|forget) (?:(?:all|everything|anything|whatever|of|the) )*(?:you (?:were|have been"
        r"|had been) told\b|(?:that |which )?(?:was|is|comes?|came|stands) (?:said |written )?(?:above|before)\b"
        r"|above\b|before this\b|(?:text|article|document|passage)s? above)",
    ),
    order(
        "ignore disregard forget",
        rf"{START}(?:ignore|disregard|forget) (?:(?:all|any|of|the|your|these|those) )*(?:instructions|prompts?"
        r"|system prompt)\b(?: (?:and|above|you|given|before|that)\b|[.!:,;]|$)",
    ),
    order(
        "instruction instructions prompt directive override command",
        r"^\W*(?:(?:new|updated|revised|additional|important|urgent|special|hidden|secret|real|actual|system|override) )+"
        r"(?:instruction|prompt|directive|override|command)s?(?: for [\w ,]{2,40})? ?:",
    ),
    order(
        "system developer assistant",
        r"^\W*(?:system|developer) ?(?:message|note|notice|prompt|update|override|alert|instruction)s? ?:"
        r"|^\W*(?:system|developer|assistant) ?: (?=.*\b(?:you|your|ignore|respond|answer|reply|user|instructions?|must"
        r"|always|never|sure|certainly)\b)",
    ),
    order(
        "end start begin beginning",
        r"\b(?:end|start|begin(?:ning)?) of (?:the )?(?:system )?(?:prompt|instructions|context|user input)\b(?:\W*$"
        r"|[:\]*=#-])",
    ),
    # Its prompt and its secrets.
    order(
        "prompt instructions configuration message system context api chain hidden",
        rf"{START}(?:reveal|print|show|repeat|output|display|leak|disclose|share|tell me|list|give me|expose|dump"
        r"|translate|encode|quote|send|return|write down|recite) (?:(?:me|us|out|all|of|every|any|everything in|verbatim"
        r"|back) )*(?:your|the system'?s?|the) (?:(?:full|entire|exact|complete|system|initial|hidden|original|secret"
        r"|internal|first|whole) )*(?:system prompt|system message|prompt|instructions above|api keys?|configuration"
        r"|context window|hidden (?:rules|text)|chain of thought)\b",
    ),
    order(
        "prompt instructions message",
        r"\byour (?:system|initial|hidden|original|developer) (?:prompt|instructions|message)\b",
    ),
    order(
        "repeat output print",
        rf"{START}(?:repeat|output|print) (?:everything|all (?:the )?(?:text|words)|the (?:text|words)) (?:above|before)\b",
    ),
    # A role.
    order(
        _NAMES + " model assistant",
        rf"\byou are (?:(?:now|no longer|actually|really|called|named) )*(?:an? |the |my )?(?:[\w-]+ ){{0,3}}?"
        rf"(?:{_MODEL}{_ASIDE}|(?:helpful|virtual|digital|personal) assistant\b)",
    ),
    order(
        "dan mode jailbroken unrestricted unfiltered uncensored pirate free",
        r"\byou are (?:now|henceforth) (?:in |known as |called )?(?:an? |the )?(?:[\w-]+ ){0,2}(?:dan\b|mode\b|jailbroken"
        r"|unrestricted|unfiltered|uncensored|pirate|free (?:of|from) (?:all|any|your))",
    ),
    order(
        "mode",
        r"\b(?:developer|dan|god|jailbreak|debug|unrestricted) mode (?:is )?(?:now )?(?:enabled|activated|on\b|unlocked)"
        r"|\b(?:enter|activate|enable|switch to) (?:developer|dan|god|jailbreak|debug|unrestricted) mode\b",
    ),
    order(
        _NAMES + " pirate dan linux unfiltered",
        rf"{START}(?:act|behave|respond|reply|answer|speak|talk|write) (?:as|like) (?:if you (?:were|are) )?(?:an? |the )?"
        rf"(?:[\w-]+ ){{0,3}}?(?:{_MODEL}{_ASIDE}|pirate|dan\b|linux terminal|unfiltered)",
    ),
    order(
        "pretend imagine assume suppose",
        rf"{START}(?:pretend|imagine|assume|suppose) (?:that )?(?:you are|you're|to be) (?:an? |the )?(?:[\w-]+ ){{0,3}}?"
        rf"(?:{_MODEL}{_ASIDE}|dan\b|with no|without (?:any )?(?:rules|restrictions|filters))",
    ),
    order(
        _NAMES + " assistant",
        r"\b(?:as|since|because you are) (?:an?|the) (?:ai|llm|(?:large )?language model|(?:helpful )?assistant)"
        rf"(?: (?:assistant|model|language model))?,? (?:you|your)\b{_ASIDE}",
    ),
    order(
        "now point here",
        r"\bfrom (?:now|this point|here) (?:on|onwards?|forward),? (?:you|always|only|all|every|answer|respond|reply|speak"
        r"|write)\b(?=.{0,60}\b(?:answer|respon|repl|output|obey|ignore|refuse|character|as an? ))",
    ),
    order("character", r"\b(?:stay|remain|answer|respond) in character\b.{0,20}$"),
    # By its name.
    order(
        _NAMES,
        r"^\W*(?:(?:attention|note|notice|message|instructions?|important|warning|reminder|hint|memo)\W{1,3}(?:to|for)"
        r"|dear|hey|attention|to|for) (?:(?:all|any|every|the|you) )*(?:[\w-]+ )??"
        rf"{_MODEL}(?: (?:reading|processing|summari[sz]ing) (?:this|it)(?: \w+)?)? ?[:,!]",
    ),
    order(_NAMES, rf"\bif (?:you are|you're) (?:an? |any |the )?(?:[\w-]+ ){{0,2}}?{_MODEL}{_ASIDE}"),
    order(
        _NAMES,
        rf"\b(?:any|all|every) (?:[\w-]+ ){{0,2}}?{_MODEL} (?:(?:that|which|who|when) )?(?:(?:is|are) )?(?:read|process"
        r"|summari[sz]|pars|analy[sz]|index|answer|view|access|scrap)\w* (?:this|the (?:article|page|text|document)|it)\b",
    ),
    order(
        "when while before after if",
        r"(?:^|[.:;,] )(?:when|while|if|before|after) (?:you(?: are)? |asked to )?(?:summari[sz]|answer|respond|quot|cit"
        r"|reply)\w* (?:(?:to|about|this|the|any|an?|questions?|on) )*(?:article|text|document|page|passage|query"
        r"|queries|users?)\b"
        r".{0,60}\b(?:always|must|say|state|include|mention|add|write|reply|respond|output|never|do not|don't|recommend"
        r"|claim|tell|append|end|begin)\b",
    ),
    # The form of its answer.
    order(_REPLYING, rf"{START}{_REWORK}.{{0,80}}\byour {_REPLY}"),
    order(
        "message words letters text",
        rf"{START}{_REWORK}.{{0,60}}\byour (?:message|words|text)\b",
    ),
    order(
        "vowels letters consonants",
        rf"{START}(?:replace|convert|swap|substitute|remove|reverse|scramble) (?:all |every |each )?(?:\w+ )?(?:vowels?"
        r"|letters?|consonants?) (?:with|to|into|by|in)\b",
    ),
    order(_REPLYING, rf"{START}{_GIVE}.{{0,120}}\b(?:your|the) {_REPLY}{NEAR}(?:{_FORM}|{LINK})"),
    order(_REPLYING, rf"{START}{_GIVE}.{{0,120}}(?:{_FORM}|{LINK}).{{0,120}}\byour {_REPLY}"),
    order(_REPLYING, rf"{START}{_GIVE}.{{0,40}}\b{_PIECE}.{{0,160}}\b(?:your|every|each) {_REPLY}"),
    order(
        _REPLYING,
        rf"{START}(?:suggest|recommend|promote|tease|hint|claim|advertise|praise)\b.{{0,120}}\b(?:in|into|within"
        rf"|to) (?:your|every|each)"
        rf" {_REPLY}",
    ),
    order(_REPLYING, rf"{START}{_GIVE}.{{0,20}}{QUOTE}.{{1,160}}{QUOTE}.{{0,60}}\byour {_REPLY}"),
    order(
        _REPLYING,
        rf"{START}{_GIVE}.{{0,30}}\b(?:your|every|each|all|the) {_REPLY} (?:with|by saying|by writing)"
        rf" (?:the (?:word|phrase|sentence|words|text)\b|{QUOTE}|an? (?:joke|link|emoji|poem|recommendation|warning)\b)",
    ),
    order(
        _REPLYING,
        rf"^\W*(?:in|at the (?:end|start|beginning|top|bottom) of|throughout|within|before|after) your {_REPLY},? (?:(?:you"
        r"|please|always|also|must|should) )*(?:suggest|teas|recommend|promot|claim|insert|hint|embed|insist|pretend|link"
        rf"|encourag|urg|(?:includ|add|mention|tell|say|writ|stat|invit|direct|us)\w*\b{NEAR}(?:users?\b|readers\b"
        rf"|{LINK}|{QUOTE}))",
    ),
    order(
        "answer respond reply",
        rf"{START}(?:answer|respond|reply)(?: (?:to|all|any|every|each|this|the|my|these|following|next|user'?s?|questions?"
        r"|quer(?:y|ies)|requests?|it|me|them|everything))* (?:(?:only|solely|just|exclusively|always) )?(?:in|with|using|as"
        rf"|by|like) (?:.{{0,40}}\b{_FORM}|(?:only|just|nothing but|the (?:exact )?(?:word|phrase|text|sentence|following)"
        r"|a single (?:word|letter|emoji)|the opposite|a (?:joke|song|lie|riddle|haiku))\b"
        r"|(?:exactly |only |just |at most |fewer than |less than )*(?:one|two|three|five|ten|\d+) words?\b"
        r"|the (?:style|voice|persona|manner) of\b|(?:only )?(?:french|english|spanish|german|italian|latin|russian|chinese"
        rf"|japanese|klingon)\b(?! (?:and|or|schools?|law))|{QUOTE})",
    ),
    order(
        "answer respond reply say state write output",
        rf"{START}(?:answer|respond|reply|output):? {QUOTE}.{{1,200}}['\"»][.!]?$"
        rf"|{START}(?:answer|respond|reply|say|state|write|output)(?: (?:only|just|exactly"
        rf"|simply))*:? {QUOTE}.{{1,200}}['\"»]"
        r"(?: (?:and nothing|only|to (?:all|any|every|each)|in your|instead|regardless|no matter|whatever|if asked))",
    ),
    order(
        "output print echo",
        rf"{START}(?:output|print|echo) (?:(?:only|just|exactly|out) )*(?:the (?:word|phrase|string|text|following|exact"
        rf"|sentence|secret|password)\b|{QUOTE}|\w+ and nothing else)",
    ),
    order(
        "nothing",
        r"\b(?:and )?(?:say|write|print|output|reply with|respond with) nothing (?:else|more)\b|\band nothing else\W*$",
    ),
    order(
        "answer respond reply",
        rf"{START}(?:reply|respond|answer) (?:(?:only|exactly|just) (?:with|in|as|using|by)|with (?:only|just|exactly)"
        r"|(?:only|exactly)(?: this| the)?:)",
    ),
    order(
        "user users user's instruction instructions prompt message context sources documents passages articles training",
        rf"{START}(?:do not|don't|never|refuse to) (?:mention|reveal|disclose|cite|quote|use|answer|summari[sz]e|refer"
        r"|follow|tell|inform|rely|repeat|acknowledge)\b.{0,60}\b(?:the user|this (?:instruction|message|prompt)|these"
        r" instructions|your (?:instructions|prompt|training)|the (?:provided|given|above|other) (?:context|sources"
        r"|documents|passages|articles|text|instructions)|user'?s? (?:question|query|request))\b",
    ),
    order(
        "user",
        rf"{START}(?:tell|inform|ask|direct|send|redirect|encourage|instruct|urge|convince|advise|warn|persuade|remind|trick"
        r"|assure|notify) (?:the|this|any|each|every) user\b",
    ),
    order(
        "user user's",
        r"\bthe user(?:'s (?:question|query|request|message))?\b.{0,60}\b(?:you (?:must|should|will)|instead respond)\b",
    ),
    order(
        "instead rather",
        rf"{START}(?:instead|rather)(?: of (?:answering|summari[sz]ing|responding|replying)[^,]{{0,60}})?,? (?:you (?:must"
        r"|should|will) )?(?:respond|reply|output|print|answer)\b",
    ),
    order(
        "summarize summarise translate rewrite paraphrase rephrase analyze analyse classify proofread shorten",
        rf"{START}(?:summari[sz]e|translate|rewrite|paraphrase|rephrase|analy[sz]e|classify|proofread|shorten) (?:for me )?"
        r"(?:this|the (?:sentiment of (?:this|the)|above|following|preceding|whole|entire|previous|given)|your)\b(?=.{0,60}"
        r"\b(?:article|text|document|passage|sentence|paragraph|content|page|review|tweet|email|conversation|context|above"
        r"|into|in emoji|to (?:french|english|spanish|german|russian|chinese|japanese|italian|latin)))",
    ),
    order(
        "emoji emojis morse base64 pig rot13 leetspeak haiku ascii",
        rf"{START}(?:summari[sz]e|describe|explain|answer|respond|reply|write|retell|translate)\b.{{0,40}}\b(?:in|with|using"
        r"|into) (?:only |just )?(?:emojis?|morse(?: code)?|base64|pig latin|rot13|leetspeak|haiku|ascii art)\b",
    ),
    order(
        "instruction command order message prompt",
        r"\b(?:this|the following) is (?:an? )?(?:(?:new|direct|important|urgent|system) )*(?:instruction|command|order|message"
        r"|prompt) (?:for|to|from) (?:(?:the|your|all|any) )*(?:ai|assistant|model|language model|developers?\b(?=.{0,40}you)"
        r"|system administrator|chatbot|openai|anthropic)\b",
    ),
    order(
        "regardless matter correct right always",
        rf"{START}(?:answer|respond|reply|output)\b.{{0,80}}\b(?:regardless of|no matter) (?:the|what)"
        r"|\bthe (?:correct|right|only) (?:answer|response) (?:to (?:every|any) (?:question|query)|is always)\b",
    ),
    order(
        "overrides supersedes precedence replaces user",
        r"\bthis (?:message|instruction|prompt) (?:overrides|supersedes|takes precedence|replaces)\b"
        r"|\bwithout (?:telling|informing|mentioning|alerting|notifying) (?:(?:it|this) to )?the user\b",
    ),
    # Tasks that are put to an assistant.
    order(
        "can could would will",
        r"^\W*(?:can|could|would|will) you (?:(?:please|kindly) )?(?:show|give|write|explain|help|provide|send|generate|create"
        r"|draft|make)\b.{0,60}\b(?:python|javascript|sql|function to|code (?:to|for|that)|script (?:to|for|that)|summary of"
        r"|poem|essay|haiku)\b",
    ),
    order(
        "write draft compose create generate produce develop provide give craft",
        r"^\W*(?:write|draft|compose|create|generate|produce|develop|provide|give me|craft) (?:(?:me|us) )?(?:an?|the|some|\d+"
        r"|two|three|five|ten) (?:[\w'-]+ ){0,4}?(?:(?:poems?|essay|short story|stor(?:y|ies)|haikus?|limerick|sonnet|speech"
        r"|dialogue|monologue|blog post|letter to an? \w+|product description) (?:about|on|based|describing|requesting"
        r"|explaining|for an?)|(?:python|java|javascript|php|sql|bash) (?:function|script|program|code)|code snippet"
        r"|introduction for an?|examples? of how|equivalent for|translation of)\b",
    ),
    order(
        "explain describe define break",
        r"^\W*(?:explain|describe|define|break down) (?:(?:the|how|why|what|an?) )?(?:[\w'-]+ ){0,5}?(?:process of|theory of"
        r"|concept of|life ?cycle of|plot of|principles of|recursion|algorithm|photosynthesis|works?(?: with an example| in"
        r" simple (?:terms|words))?[.!?]?$)",
    ),
    order(
        "translate convert",
        r"^\W*(?:translate|convert) (?:(?:the|this|these|my|following|sentence|phrase|word|text|paragraph"
        r"|passage) )+.{0,30}\bto [a-z]+\b",
    ),
    order(
        "provide give",
        r"^\W*(?:provide|give)(?: me)? the \w+ (?:equivalent|translation|meaning|synonyms?) (?:for|of)\b",
    ),
    order(
        "what what's how",
        r"^\W*(?:what(?:'s| is| does)|how do (?:you|i) say) ['\"].{1,60}['\"] (?:mean )?in (?:english|french|spanish|german"
        r"|italian|russian|japanese|chinese|korean|arabic|latin|portuguese|dutch|greek|hindi|turkish|polish|swedish)\W*$"
        r"|^\W*(?:how (?:do|can) i|what(?:'s| is| are) the (?:\w+ )?differences? between).{0,60}(?:==|python|javascript|java\b"
        r"|sql|php|html|quadratic equations?|c\+\+|regex|excel formula)",
    ),
    order(
        "tell help let's repeat",
        r"^\W*(?:tell me (?:a (?:joke|riddle|fun fact))|help me (?:write|draft|debug|solve) (?:an?|my|this)\b"
        r"|let's role-?play|repeat after me:)",
    ),
)

# Other languages that attacks are written in: only the order to forget the orders.
OTHERS = (
    order(
        "ignoriere ignora ignore vergiss olvida dimentica missachte ignorar",
        r"\b(?:ignor|vergiss|olvid|dimentic|missacht)\w*\b.{0,40}\b(?:anweisung|instruccion|istruzion|instruçõ"
        r"|instruktion|befehl)\w*",
    ),
)
