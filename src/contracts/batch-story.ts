import type { BatchAnswers, SubjectAnswer } from './request-batch.js';

const OUTCOME_TEXT: Record<SubjectAnswer['outcome'], string> = {
  accepted: 'accepted',
  refused: 'refused',
  open: 'not checked yet',
  existing: 'submitted before',
  ended: 'ended from outside',
};

/** "3 accepted, 1 refused", or `nobody` where there is none. */
export function batchCounts(answers: BatchAnswers): string {
  const counts = (Object.keys(OUTCOME_TEXT) as SubjectAnswer['outcome'][]).map((outcome) => ({
    text: OUTCOME_TEXT[outcome],
    count: answers.filter((answer) => answer.outcome === outcome).length,
  }));
  const told = counts.filter(({ count }) => count > 0).map(({ text, count }) => `${String(count)} ${text}`);
  return told.join(', ') || 'nobody';
}

/** A batch in plain sentences, as Markdown, for the Temporal UI: how far it is, and why some were refused. */
export function batchStory(answers: BatchAnswers): string {
  const lines = answers.flatMap((answer) =>
    answer.outcome === 'refused'
      ? answer.problems.map(
          ({ message, remedy, code }) => `- ${answer.requestId} for ${answer.subject}: ${message} ${remedy} (${code})`,
        )
      : [],
  );
  return [`**Licence requests for ${String(answers.length)} people: ${batchCounts(answers)}**`, '', ...lines].join(
    '\n',
  );
}
