import type { Ask } from './ask';

export interface ToolCall {
  /** The first tool offered when left out. */
  name?: string;
  arguments: Record<string, unknown>;
}

export interface Usage {
  input: number;
  output: number;
}

/** Roughly what a tokenizer gives for English; what matters is that everyone can count it again. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/**
 * The document's first sentence and how many words it has. A document in <document> tags is told
 * from the instructions around it. Code, pictures, markup and headings are no sentences; what
 * white space there is makes no difference, so that a client which trims changes nothing.
 */
export function summarise(prompt: string): string {
  const text = /<document>([\s\S]*)<\/document>/.exec(prompt)?.[1] ?? prompt;
  const words = text.split(/\s+/).filter(Boolean).length;
  return `${firstSentence(text)} (${words} words)`;
}

function firstSentence(text: string): string {
  const prose = text
    .replace(/```[\s\S]*?```/g, '\n\n')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<[^>]+>/g, '')
    .replace(/!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])/g, '')
    .replace(/\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/[*_`]/g, '');
  const paragraphs = prose
    .replace(/^\s*(#.*|[=-]{3,}|\[[^\]]*\]:.*)$/gm, '\n')
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .replace(/^\s*[>|-]+/gm, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((paragraph) => /\p{L}/u.test(paragraph));
  const paragraph = paragraphs[0] ?? text.replace(/\s+/g, ' ').trim();
  const sentence = /^.+?[.!?](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph;
  return sentence.length > 200 ? `${sentence.slice(0, 199)}…` : sentence;
}

/** What the stand-in says when nothing else is told: the summary, then what the tools answered. */
export function defaultAnswer(ask: Ask): string {
  const summary = summarise(ask.text);
  const tools = ask.toolResults.map((result) => result.slice(0, 100)).join('; ');
  if (ask.json) return JSON.stringify(tools ? { summary, tools } : { summary });
  return tools ? `${summary} Tools said: ${tools}` : summary;
}
