/** A line of a child's log, for people: of a structured one its level, its sentence and the error; others as they are. */
export function readableLogLine(line: string): string {
  const entry = parsed(line);
  if (entry === null || typeof entry['msg'] !== 'string') return line;
  const error = entry['error'] ?? entry['err'];
  const reason = isRecord(error) && typeof error['message'] === 'string' ? ` (${error['message']})` : '';
  return `${levelName(entry['level'])}${entry['msg']}${entry['msg'].includes(reason.slice(2, -1)) ? '' : reason}`;
}

const LEVELS: Readonly<Record<number, string>> = { 40: 'warning: ', 50: 'error: ', 60: 'fatal: ' };

function levelName(level: unknown): string {
  if (typeof level === 'number') return LEVELS[level] ?? '';
  return level === 'warn' || level === 'error' || level === 'fatal' ? `${level}: ` : '';
}

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
