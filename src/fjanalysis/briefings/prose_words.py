"""Words that say which way, how much or in which rank: each could be made untrue by the next refresh.

Regular expressions of whole words, by language; Welsh ones with their mutations. Numbers from two to ten in words
are left alone where they count time ("within two or more years"), or what the sentence has named before
("the two nations"); so is "one", which is a pronoun far more often than a number.
"""

from __future__ import annotations

_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_PARTS = r"(?:thirds?|quarters?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|hundredths?)"
_SMALL = r"(?:one|two|three|four|five|six|seven|eight|nine|ten)"
# One to ten in Welsh, the forms before nouns and feminine ones included.
_BACH = r"(?:un|dau|ddau|nau|dwy|ddwy|nwy|tri|dri|tair|dair|pedwar|bedwar|pedair|bedair|pum|bum|pump|bump|chwech?|saith|wyth|naw|deg|ddeg)"

_TIME = r"(?:years?|months?|weeks?|days?|hours?|quarters?|decades?)"
_AMSER = r"(?:[bfm]?[bl]ynedd|[fm]?lynedd|[bf]lwyddyn|[mf]is|[dn]?d?iwrnod|niwrnod|wythnos|awr|chwarter|oed)"
_UP_TO_TEN = (
    rf"(?<!the )(?<!these )(?<!those )(?<!its )(?<!their )(?<!first )(?<!last )(?<!no )(?:two|three|four|five|six|seven|eight|nine|ten)"
    rf"(?!(?:,? \w+){{0,3}},? {_TIME}\b)"
)
_HYD_DDEG = (
    rf"(?<!y )(?<!yr )(?<!['\u2019]r )(?<!hyn )(?:dau|ddau|nau|dwy|ddwy|nwy|tri|dri|thri|tair|dair|thair|[pb]edwar|phedwar|mhedwar|[pb]edair"
    rf"|phedair|mhedair|[pb]um|phum|mhum|[pb]ump|phump|mhump|chwech?|saith|wyth|naw)(?!(?:,? [\w\u2019']+){{0,3}},? {_AMSER}\b)"
)

WORDS = {
    "en": (
        # Up and down.
        r"ros(?:e|en)|ris(?:es?|ing)|increas\w*|grew|grow(?:n|s|ing|th)?|climb\w*|soar\w*|surg\w*|jump(?:ed|s)?",
        r"fell|fall(?:en|s|ing)?|declin\w*|decreas\w*|drop(?:ped|s|ping)?|shr[aiu]nk\w*|reduc(?:ed|tion|tions)|plummet\w*|plung\w*|dip(?:ped|s)?|slump\w*",
        r"(?:went|goes|go|gone|going) (?:up|down)|(?:narrow|widen|worsen|improv)ed|peak(?:ed|s)?|level(?:led)? off|trends?",
        r"(?:doubl|trebl|tripl|quadrupl|halv)\w*|unchanged|no change|steady|stable|record (?:high|low)|increasingly",
        # Rank.
        r"highest|lowest|higher|lower|largest|smallest|larger|smaller|greatest|biggest|bigger|fewest|commonest|rarest|outnumber\w*|exceed\w*|rank(?:s|ed)",
        r"(?:more|less|most|least) (?:common|likely|often|frequent)",
        # How much.
        r"most|more than|more \w+ than|averages?|fewer|less than|at least|at most|majority|minority|(?:nearly|almost) (?:all|every|none|no)|hardly any|none of|all of (?:them|the (?:cases|mothers|fathers|families|children|babies|areas))",
        rf"half|twice|(?:third|quarter|fifth|sixth|seventh|eighth|ninth|tenth|hundredth)|(?:two|three|four|five|six|seven|eight|nine) {_PARTS}|\w+ in (?:two|three|four|five|six|seven|eight|nine|ten)|{_SMALL} out of \w+|{_SMALL} times|{_SMALL} per cent",
        rf"{_TENS}(?:[ -]{_SMALL})?|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|hundreds?|thousands?|millions?|dozens?|handful",
        r"(?<!how )(?<!too )(?<!so )many|(?<!too )few|rare|rarely|an? (?:large|small|big|high|low) (?:share|number|part|proportion)",
        rf"several(?! {_TIME}\b)|numerous|a number of|lots? of|plenty|(?<!how )often|usually|typically|frequently|commonly|mainly|mostly|largely|seldom",
        # Compared.
        r"similar(?:ly)?|(?<!no )longer|shorter|longest|shortest|sooner|quicker|faster|slower|worse|worst",
        _UP_TO_TEN,
    ),
    "cy": (
        # I fyny ac i lawr.
        r"cododd|gododd|codi|chodi|[cg]?h?ynnydd\w*|[cg]h?ynydd\w*|dd?yblu|dd?yblodd|d?d?reblodd|treblu|threblu|treblodd|tyfodd|dyfodd|tyfu|thwf|twf|dwf|hanerwyd|haneru|cwadrupl\w*",
        r"g?ostyng\w*|dd?isgyn\w*|lleih\w*|leih\w*|[cgn]w?h?wymp\w*|chwympodd|blymi\w*|plymi\w*|dirywi\w*|ddirywi\w*",
        r"aeth i (?:fyny|lawr)|(?:wedi )?mynd i (?:fyny|lawr)|culh\w*|gulh\w*|chulh\w*|lled(?:u|odd|wyd)|gwella\w*|gwaethyg\w*|waethyg\w*|tuedd\w*|dim newid|heb newid|sefydlog|fwyfwy",
        # Safle.
        r"uchaf|isaf|uwch|is na|is nag|mwyaf|lleiaf|fwyaf|leiaf|llai|lai|mwy|fwy|ar y brig|amlach|amlaf|prinnach|prinnaf",
        # Faint.
        r"hanner|traean|draean|thraean|chwarter|pumed|bumed|phumed|degfed|ddegfed|dwywaith|ddwywaith|teirgwaith|deirgwaith|\w+ o bob \w+|(?:rhan|ran) fwyaf",
        rf"{_BACH} (?:ran|rhan) o (?:dair|bedair|bump|ddeg)|{_BACH} (?:gwaith|waith)|{_BACH} y cant|fesul cant",
        rf"ugain|hugain|deugain|ddeugain|trigain|pedwar ugain|hanner cant|{_BACH} deg(?: {_BACH})?|un ar ddeg|deuddeg|ddeuddeg|pymtheg|bymtheg|deunaw|cannoedd|gannoedd|channoedd|cant|gant|miloedd|filoedd|mil|fil|miliwn|filiwn|dwsin\w*|ddwsin\w*",
        r"dwbl|cyfartaledd|gyfartaledd|mwyafrif|lleiafrif|fwyafrif|leiafrif|o leiaf|o fwyaf|bron (?:pob|bob|i gyd|neb|dim)|prin|prinnaf|neb ohonynt|(?<!faint )llawer|lawer|(?:cyfran|gyfran|nifer) (?:fawr|fach|uchel|isel)",
        rf"sawl(?! {_AMSER}\b)|nifer o|(?<!mor )aml|fel arfer|fel rheol|gan amlaf|yn bennaf",
        # Wrth gymharu.
        r"tebyg|thebyg|(?<!mae['\u2019]n )debyg|[hy]?hirach|hiraf|yn hwy|b?f?yrrach|byrraf|fyrraf|yn gynt|gwaeth|waeth|gwaethaf|waethaf",
        _HYD_DDEG,
    ),
}
