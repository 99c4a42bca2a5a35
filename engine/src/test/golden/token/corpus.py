"""Writes corpus.txt.gz: several thousand lines that are hard on tokenizers. One line a text; the characters \\, LF, CR
and NUL are written \\\\, \\n, \\r and \\0. Run: python3 corpus.py (standard library only, seeded)."""
import gzip
import random
import re
import sys
import unicodedata

PHRASES = """The quick brown fox doesn't jump; they've said it's 3.14 o'clock, I'd guess we'll see.
Tous les êtres humains naissent libres et égaux en dignité et en droits.
Alle Menschen sind frei und gleich an Würde und Rechten geboren. Straße, GRÖSSE, ÜBERMUT
Todos los seres humanos nacen libres; ¿quién lo niega? ¡Nadie!
Wszyscy ludzie rodzą się wolni i równi — zażółć gęślą jaźń.
Všichni lidé rodí se svobodní; příliš žluťoučký kůň úpěl ďábelské ódy
Tüm insanlar hür doğar. İSTANBUL, ısı, Iğdır'da, ANKARA'NIN
Все люди рождаются свободными и равными в своём достоинстве. ПРИВЕТ, Мир!
Усі люди народжуються вільними; об'єкт, п'ять, ґрунт
Όλοι οι άνθρωποι γεννιούνται ελεύθεροι. ΑΘΗΝΑ Ἐν ἀρχῇ ἦν ὁ λόγος
כל בני אדם נולדו בני חורין ושווים בערכם. בְּרֵאשִׁית בָּרָא אֱלֹהִים
يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. بِسْمِ ٱللَّٰهِ ٱلرَّحْمَٰنِ
تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت برابرند ۱۲۳۴
सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है। १२३
সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা নিয়ে জন্মগ্রহণ করে ৪৫৬
எல்லா மனிதரும் சுதந்திரமாகவே பிறக்கின்றனர்
ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రులును
ಎಲ್ಲಾ ಮಾನವರೂ ಸ್ವತಂತ್ರರಾಗಿಯೇ ಜನಿಸಿದ್ದಾರೆ
മനുഷ്യരെല്ലാവരും തുല്യാവകാശങ്ങളോടും സ്വാതന്ത്ര്യത്തോടും കൂടി ജനിച്ചവരാണ്
සියලු මනුෂ්‍යයෝ නිදහස්ව උපත ලබා ඇත
มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์ ๑๒๓
ມະນຸດທຸກຄົນເກີດມາມີກຽດສັກສີ
မြန်မာ လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် မွေးဖွားလာသူများ
មនុស្សទាំងអស់កើតមកមានសេរីភាព
ყველა ადამიანი იბადება თავისუფალი ႠႡႢ ᲐᲑᲒ
Բոլոր մարդիկ ծնվում են ազատ ու հավասար
የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።
人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,並應以兄弟關係的精神相對待。
すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。ｶﾀｶﾅ テスト１２３
모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 각각
Mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm — tiếng Việt
བོད་སྐད། འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ
ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ Хүн бүр төрж мэндлэх
ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ꮳꮃꭹ ᐃᓄᒃᑎᑐᑦ ᚠᚢᚦᚨᚱᚲ ⴰⵎⴰⵣⵉⵖ ߒߞߏ ދިވެހި ܣܘܪܝܝܐ
𝕳𝖊𝖑𝖑𝖔 𝒲ℴ𝓇𝓁𝒹 𝟘𝟙𝟚 𐌰𐌱𐌲 𓀀𓀁𓂀 𒀀𒀁 𐤀𐤁 𠀀𠀁𪚥 ＡＢＣ ａｂｃ ①②③ Ⅳ ⅷ ½ ²³ ₁₂
😀😃👍🏽👩‍👩‍👧‍👦👨🏿‍🚀🏳️‍🌈🇫🇷🇩🇪1️⃣#️⃣❤️‍🔥🫠🧑‍💻☠️©️™️
e\u0301cole cafe\u0301 A\u030Angstro\u0308m hello\u00C9cole \u00C9COLEabc \u0411\u0411\u0430\u0411 naÏVE Z̴̢̛͖a̷̡l̸g̵o̶ n\u0303 o\u0302\u0323 각 ก็ี้ \u0301alone
∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, ∑_{i=0}^{n} i² ≤ ∫₀^∞ e^{-x²}dx ≈ √π/2 ± 10⁻³ → ⇔ ¬∃
“Quotes” ‘single’ „low“ «guillemets» — dashes – … • bullets · ¿? ¡! § ¶ † ‡ ‰ € £ ¥ ₹ ₿ ¢
I'M YOU'RE THEY'LL WE'VE HE'D SHE'S CAN'T DON'T i'm You'Re they'lL we'Ve he'D it'S 'tis 's's'S''s 're've'll'x 'ſ
https://example.com/a/b?c=d&e=%20f#frag user.name+tag@mail.example.org 192.168.0.1:8080 2001:db8::ff00:42:8329
C:\\Users\\Name\\file.txt /usr/local/bin/../lib ~/.config $HOME ${VAR:-x} `cmd` $(cmd) && || ; <> >> 2>&1
<|im_start|>user hello<|im_end|> <|endoftext|> <s>[INST] hi [/INST]</s> <bos><start_of_turn>user<end_of_turn> <unk> <0x0A> <|eot_id|>
<tool_call>{"name": "f"}</tool_call> <|fim_prefix|>a<|fim_suffix|>b<|fim_middle|> [PAD151665] <unused7> <strong>b</strong> </s>s</s >
1 12 123 1234 12345 123456 1234567 0.5 1,000,000 1e-10 0xDEADBEEF 2024-01-31T23:59:59Z +33 (0)1 23 45 67 89 ３４５ ٣٤٥12 12٣45678""".splitlines()

CODE = '''def fib(n: int) -> int:\n    """Fibonacci."""\n    return n if n < 2 else fib(n - 1) + fib(n - 2)  # slow\n
public static void main(String[] args) {\n\tfor (int i = 0; i < args.length; i++) {\n\t\tSystem.out.println("arg[" + i + "]=" + args[i]);\n\t}\n}\n
#include <stdio.h>\r\nint main(void) {\r\n    printf("%d\\n", 42);\r\n\treturn 0;\r\n}\r\n
SELECT u.id, COUNT(*) AS n FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.name LIKE '%x%' GROUP BY 1 HAVING n > 3;\n
const f = async ({a, b = 1, ...rest}) => { await Promise.all(rest.map(x => x?.y ?? `t${x}`)); };\n
fn main() { let v: Vec<_> = (0..10).filter(|x| x % 2 == 0).collect(); println!("{:?}", v); }\n
{"key": [1, 2.5, -3e4, null, true, {"nested": "va\\"lue\\u00e9"}]}\n
<div class="a b" id='c'><p>Text &amp; more&nbsp;</p><!-- comment --></div>\n
# Title\n\n- item 1\n- item **bold** _it_\n  1. sub\n\n```python\nprint('x')\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n
int x=a+++b---c; y<<=2; z>>>=3; p->q.r::s; !!w; ~v; @Override; a?b:c; /* c */ // d\n'''.split('\n\n')

SPACES = [' ', '  ', '   ', '    ', '        ', ' ' * 17, '\t', '\t\t', ' \t ', '\n', '\n\n', '\n\n\n', '\n \n', ' \n', '\n ',
          '\r\n', '\r\n\r\n', '\r', ' \r\n ', '\u00a0', '\u3000', '\u2003', '\u2028', '\u0085', '\u200b', '\u00ad', '\ufeff',
          '\n' * 40, '\t' * 35, ' ' * 90, '\n' * 5 + ' ' * 5 + '\n' * 3, '\v', '\f', '\x1c', '\u180e', '\u1680', '\u202f']
POOLS = ['abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'aA', '0123456789', "'stmdrevlSTMDREVL ", '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~',
         'éÉñÑüÜßøØåÅçÇœŒ', 'абвГДЕёЁ', 'αβγΔΕΖ', 'ǅǈǋᾈ', 'ʰʱˠːªº', 'तमिलि्ी', '中文字かなカナ한글', '\u0301\u0308\u20dd\u0e31\u0903',
         '٠١٢३४५①½Ⅷ', '▁ ', '/\r\n', '\r\n \t', "a' ", '<>|', '😀🏽\u200d\ufe0f🇫', '\x00\x01\x02\x1b\x7f\x80\x9f', '\ufffd\ufffe\U000e0001\U0010ffff\ue000']


def assigned(rng):
    """A code point this Python knows as assigned; run with Unicode 15 or older, so that all tables agree on it."""
    while True:
        value = rng.choice([rng.randrange(0x20, 0x500), rng.randrange(0x20, 0x3000), rng.randrange(0x20, 0x10000),
                            rng.randrange(0x10000, 0x20000), rng.randrange(0x20, 0x110000)])
        c = chr(value)
        if not 0xD800 <= value <= 0xDFFF and unicodedata.category(c) != 'Cn':
            return c


def texts():
    rng = random.Random(20260119)
    phrases = [re.sub(r'\\u([0-9A-F]{4})', lambda match: chr(int(match[1], 16)), phrase) for phrase in PHRASES]
    yield from phrases
    yield from CODE
    yield from [' ' + p for p in phrases]
    yield from [s for s in SPACES] + ['a' + s for s in SPACES] + [s + 'a' for s in SPACES] + ['a' + s + 'b' for s in SPACES]
    yield from ['1' + s + '2' for s in SPACES] + ['!' + s + '?' for s in SPACES] + [s + '\u0301x' for s in SPACES]
    yield from [c * n for c in 'aA0 =-.\n中é😀\u0301' for n in (1, 2, 3, 4, 5, 8, 16, 31, 33, 100)]
    yield from ['x' * 1000, 'aB' * 300, 'supercalifragilistic' * 20, 'АБ' * 200, '日本' * 200, '\u0915\u093f' * 100, '-' * 500]
    words = [w for p in phrases for w in p.split(' ')]
    for _ in range(700):
        yield ''.join(rng.choice(words) + rng.choice([' ', ' ', ' ', '', rng.choice(SPACES)]) for _ in range(rng.randrange(2, 12)))
    for _ in range(900):
        yield ''.join(rng.choice(rng.choice(POOLS)) for _ in range(rng.randrange(1, 30)))
    for _ in range(500):
        pool = rng.choice(POOLS) + rng.choice(POOLS)
        yield ''.join(rng.choice(pool) for _ in range(rng.randrange(1, 40)))
    for _ in range(500):
        yield ''.join(assigned(rng) + rng.choice(['', '', ' ', 'a']) for _ in range(rng.randrange(1, 12)))
    for _ in range(200):
        code = rng.choice(CODE)
        at = rng.randrange(len(code))
        yield code[at:at + rng.randrange(5, 60)].upper() if rng.random() < .3 else code[at:at + rng.randrange(5, 60)]
    for _ in range(300):  # broken UTF-8, as a server sees it after replacing what is no UTF-8
        raw = bytearray(''.join(rng.choice(phrases))[:60].encode())
        for _ in range(rng.randrange(1, 6)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        yield bytes(raw).decode('utf-8', 'replace')
    for block in range(0x80, 0x20000, 0x80):  # every block of the first two planes
        text = ''.join(c for c in map(chr, range(block, block + 0x80, 5))
                       if not 0xD800 <= ord(c) <= 0xDFFF and unicodedata.category(c) not in ('Cn', 'Co'))
        if text and (block < 0x3400 or block >= 0xA000) or block % 0x800 == 0 and text:
            yield text
            yield ' '.join(text[i:i + 3] for i in range(0, len(text), 3))


def escape(text):
    return text.replace('\\', '\\\\').replace('\n', '\\n').replace('\r', '\\r').replace('\0', '\\0')


if __name__ == '__main__':
    lines = list(dict.fromkeys(texts()))
    data = ''.join(escape(t) + '\n' for t in lines).encode()
    with open(sys.argv[1] if len(sys.argv) > 1 else 'corpus.txt.gz', 'wb') as file:
        file.write(gzip.compress(data, 9, mtime=0))
    print(len(lines), 'lines', len(data), 'bytes')
