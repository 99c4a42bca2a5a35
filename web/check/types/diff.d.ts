export function diffWordsWithSpace(from: string, to: string): {value: string; added?: boolean; removed?: boolean}[];
