export const MarkdownIt: any;
export const DOMPurify: any;
export const hljs: any;
