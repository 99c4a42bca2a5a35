// Writes the rows of patterns.tsv: a pattern and the numbers of the strings it is found in; last, the strings.
//   node patterns.mjs > patterns.tsv          (made with node v20.20.2)
// Fields are JSON strings without their quotes, ASCII only.
// A pattern is read with the u flag, and without it where that flag refuses it.
const patterns = [
  '', 'a', '^a', 'a$', '^a$', '^$', '^', '$', 'a|b', '^a|b$', '^(a|b)$', '^(?:a|b)*$', 'ab|', '(|a)b',
  '^a?b+c*$', '^a{2}$', '^a{2,}$', '^a{1,3}$', '^a{0}$', '^(ab){2,3}$', '^a{2,3}?b$', '^(a*)*$', '^(a+)+b$',
  '^.$', '^.*$', '^..$', '.', '^[abc]+$', '^[^abc]+$', '^[a-c-]+$', '^[-a]+$', '^[a\\-c]+$', '^[\\]]$', '^[]$', '^[^]$',
  '^\\d+$', '^\\D+$', '^\\w+$', '^\\W+$', '^\\s+$', '^\\S+$', '^[\\d_]+$', '^[^\\w]+$', '^[\\s\\S]{2}$', '^[\\b]$',
  '\\bab\\b', '\\Bab', 'ab\\B', '^\\b', '\\b$', '\\B', '^\\B$', 'a\\bb', 'a\\Bb', '(\\b|c)a', '\\b\\d+\\b',
  '^(?=a)', '^(?!a)', '^(?=.*b)a', 'a(?=b)', 'a(?!b)', '^a(?=b).c', '^(?!ab$)a', '^((?!ab).)*$', '^(?:(?!ab)[^c])*$',
  '^(?=.*\\d)(?=.*[a-c]).{2,}$', '(?=ab)a(?=bc)', '(?!a)(?!b)[a-c]$', '^(?!^ab|ba).*$', '^(?!(?!a)).', '(?=a(?!b))a.',
  '(?=.*a$)b', '(?!.*a$)b', '^(?:a(?=b)|b(?=a))*', '^(?:a(?=b)|b(?=a))+.$', '^(?=a|b)*c$', '(?:(?=a))+ab',
  '(?<=a)b', '(?<!a)b', '(?<=^a)b', '(?<=ab|c)a', '(?<=(?<!a)b)c', '(?<!^)a', '(?<=a{2})b', '(?<=a.*)b', '(?=(?<=a)b)b',
  '(?<!b)$', '(?<=^|,)a', '(?<![a-c])b(?![a-c])', '(?:(?<=a)b|a)*c',
  '^(?<name>a)b$', '^\\u0061$', '^\\u{61}$', '^\\u{1F600}$', '^\\ud83d\\ude00$', '^\\x61$', '^\\cJ$', '^\\t$', '^\\n$', '^\\0$', '^[\\0]$',
  '^\\/$', '^\\-$', '^a\\-b$', '^\\#$', '^\\@$', '^\\_$', '^[\\_\\@]+$', '^{$', '^a{$', '^a{,2}$', '^a{b}$', '^}$', '^]$', '^a{1$',
  '^[\\w-.]+$', '^[a-\\d]+$', '^[\\d-a]+$', '^\\1$', '^\\8$', '^[\\1]$', '^\\07$', '^\\c$', '^\\x6$', '^\\u61$', '^\\i$', '^\\y$',
  '^\\p{L}+$', '^\\p{Lu}$', '^\\P{L}+$', '^[\\p{L}\\d]+$', '^[^\\p{L}]+$', '^\\p{Script=Greek}+$', '^\\p{Letter}$', '^\\p{gc=Nd}+$',
  '^\\p{Any}$', '^\\p{ASCII}+$', '^\\p{White_Space}$', '^\\p{Alphabetic}+$', '^\\p{Emoji}$', '^\\p{sc=Latin}+$', '^\\p{General_Category=Uppercase_Letter}$',
  '^\u00e9$', '^[\u00e0-\u00ff]+$', '^\u{1F600}$', '^[\u{1F600}-\u{1F64F}]$', '^[^\u{1F600}]$', '^.{1}$', '^\\S$',
  '^[\\u0430-\\u044f]+$', '^[\\u{1F600}-\\u{1F64F}]$', 'a.c', 'a[^]c', '^a\\.c$', '^\\(a\\)$', '^\\$a$', '^\\^$', '^\\|$', '^[.]$', '^[$^|]+$', '^[[]$', '^[\\[\\]]+$',
  '^[A-Z]{2}\\d{2}$', '^#?([a-f\\d]{3}){1,2}$', '^-?(0|[1-9]\\d*)(\\.\\d+)?$', '^(\\d{1,3}\\.){3}\\d{1,3}$', '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
  '^(?!-)[a-z0-9-]{1,4}(?<!-)$', '^(?!.*--)[a-z-]+$', '^[a-z]+(?:-[a-z]+)*$', '\\.(?:js|ts)$', '^\\S+$|^$', '^\\s*$', '^(?!\\s*$).+',
];
const strings = [
  '', 'a', 'b', 'c', 'aa', 'ab', 'ba', 'abc', 'aab', 'abb', 'aaa', 'aaab', 'abab', 'ababab', 'abababab', 'bab', 'cab', 'cba', 'acb', 'bca', 'aaaa', 'ac',
  'a b', ' ab ', 'ab c', 'a,b', ',a', ' ', '  ', '\n', 'a\n', '\na', 'a\nb', 'a\nc', '\r', '\t', '\u2028', '\u00a0', '\ufeff', '\u0085', '\b', '\0', '\x01', '\x07', '\x18',
  '1', '12', 'a1', '1a', 'a1b', '_', 'a_b', '-', 'a-b', 'a--b', '-a', 'a-', '.', 'a.c', 'a.b', '1.5', '-0', '01', '0.', '12.34.5.6', '#fff', '#ffff', 'AB12',
  '/', '#', '@', 'a@b.c', 'a@b', '{', '}', 'a{', 'a{b}', 'a{1', 'a{,2}', ']', '[', '[]', '(a)', '$a', '^', '|', '$^|', '\\', '\\c', 'x6', 'u61', 'u', 'i', 'y', '8', '07',
  '\u00e9', '\u00c9', 'e\u0301', '\u03b1\u03b2', '\u0391', '\u0436', '\u4e2d\u6587', '\u0661\u0662', '\u{1F600}', '\u{1F600}\u{1F600}', 'a\u{1F600}', '\u{1D7D8}', '\u{10FFFF}',
  'x.js', 'x.ts', '.tsx', 'A', 'Z', 'AZ', 'az', 'bc', 'b ', 'cc', 'ca', 'cb', 'acc', 'abcabc', 'bbb', 'aabb', 'abd', 'dab', 'd', 'bd', 'db',
];
const text = s => JSON.stringify(s).slice(1, -1).replace(/[^ -~]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
for (const pattern of patterns) {
  let regex;
  try { regex = new RegExp(pattern, 'u'); } catch { regex = new RegExp(pattern); }
  const found = strings.map((s, i) => regex.test(s) ? i : -1).filter(i => i >= 0);
  console.log(text(pattern) + '\t' + found.join(' '));
}
console.log('strings\t' + strings.map(text).join('\t'));
