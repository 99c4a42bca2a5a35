// Differences between answers.
export {diffWordsWithSpace} from 'diff';
