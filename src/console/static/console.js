/**
 * What makes the console pleasant, and what it does without: pages keep themselves up to date, times are those of the
 * reader, people are suggested, and a button that was pressed says so.
 */
'use strict';

const main = document.querySelector('main');
const news = document.querySelector('#news');

// --- times ------------------------------------------------------------------------------------------------------------

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function localTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if (time.hasAttribute('data-relative')) time.title = exact.format(at);
    else {
      time.title ||= time.textContent;
      time.textContent = exact.format(at);
    }
  }
}

// --- forms ------------------------------------------------------------------------------------------------------------

let typedSomething = false;

document.addEventListener('input', ({ target }) => {
  if (target.form?.method === 'post') typedSomething = true;
});

document.addEventListener('submit', (event) => {
  const { submitter } = event;
  if (submitter === null || event.defaultPrevented) return;
  if (submitter.getAttribute('aria-disabled') === 'true') {
    event.preventDefault();
    return;
  }
  // Sent twice it counts once all the same; this only says that it is on its way.
  submitter.setAttribute('aria-disabled', 'true');
});

// A page that comes back from the browser's memory has its buttons as they were.
window.addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled');
});

/** Narrows a list while somebody types; the form asks the server for the same. */
function filterWhileTyping(input) {
  const items = [...(document.getElementById(input.dataset.filter)?.children ?? [])];
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/);
    for (const item of items) item.hidden = !words.every((word) => item.dataset.text.includes(word));
  });
}

const PAUSE_MS = 250;

function suggestPeople(input, n) {
  const list = document.createElement('datalist');
  list.id = `people-${String(n)}`;
  input.after(list);
  input.setAttribute('list', list.id);
  let timer;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    if (input.value.trim().length < 2 || input.value.includes('@')) return;
    timer = setTimeout(() => {
      fetch(`/suggestions/people?q=${encodeURIComponent(input.value)}`)
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((people) => {
          list.replaceChildren(
            ...people.map(({ displayName, userPrincipalName }) => new Option(displayName, userPrincipalName)),
          );
        })
        .catch(() => undefined);
    }, PAUSE_MS);
  });
}

// --- up to date -------------------------------------------------------------------------------------------------------

function tell(text, link) {
  if (text === null) {
    news.replaceChildren();
    return;
  }
  if (news.textContent === text) return;
  news.textContent = text;
  if (link === undefined) return;
  const anchor = document.createElement('a');
  anchor.href = main.dataset.here;
  anchor.textContent = link;
  news.append(' ', anchor);
}

const LOST = 'The connection is lost. This page tries again by itself; nothing is lost.';

let isLooking = false;

async function lookAgain() {
  if (isLooking || document.hidden) return;
  isLooking = true;
  try {
    const answer = await fetch(main.dataset.here, { headers: { accept: 'text/html' } });
    if (answer.redirected || answer.status === 401) tell('You were signed out.', 'Sign in again');
    else if (!answer.ok) tell(LOST);
    else exchange(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {
    tell(LOST);
  } finally {
    isLooking = false;
  }
}

function exchange(fresh) {
  const freshMain = fresh.querySelector('main');
  if (freshMain === null) return;
  if (
    freshMain.dataset.version !== main.dataset.version &&
    (typedSomething || main.querySelector('details[open] form'))
  ) {
    tell('Something has changed here.', 'Show it');
    return;
  }
  tell(null);
  if (freshMain.dataset.version === main.dataset.version) exchangeParts(freshMain);
  else {
    main.replaceChildren(...freshMain.childNodes);
    main.dataset.version = freshMain.dataset.version;
    document.title = fresh.title;
    typedSomething = false;
    enhance(main);
  }
}

function exchangeParts(freshMain) {
  for (const part of main.querySelectorAll('[data-live]')) {
    const twin = freshMain.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    if (twin === null || part.contains(document.activeElement)) continue;
    const isOpen = [...part.querySelectorAll('details')].map(({ open }) => open);
    localTimes(twin);
    if (twin.innerHTML === part.innerHTML) continue;
    part.replaceChildren(...twin.childNodes);
    part.querySelectorAll('details').forEach((details, i) => (details.open = isOpen[i] ?? details.open));
  }
}

const SOON_MS = 400;
const SLOW_MS = 5_000;

function listen(address) {
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(lookAgain, SOON_MS);
  };
  const events = new EventSource(address);
  events.addEventListener('message', soon);
  events.addEventListener('status', soon);
  // The browser connects again by itself; whatever it missed is on the page.
  events.addEventListener('open', soon);
  events.addEventListener('silence', () => tell(LOST));
  events.addEventListener('end', () => events.close());
  // One that cannot be had at all is no reason to stand still.
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) setInterval(lookAgain, SLOW_MS);
  });
  window.addEventListener('pagehide', () => events.close());
}

const RETRY_MS = 3_000;

/** A page that could not be made comes by itself as soon as it can. */
function retry() {
  setInterval(() => {
    if (document.hidden) return;
    fetch(location.href)
      .then((answer) => {
        if (answer.ok) location.reload();
      })
      .catch(() => undefined);
  }, RETRY_MS);
}

// --- start ------------------------------------------------------------------------------------------------------------

function enhance(root) {
  localTimes(root);
  root.querySelectorAll('[data-filter]').forEach(filterWhileTyping);
  root.querySelectorAll('[data-people]').forEach(suggestPeople);
}

enhance(document);
if (main.dataset.every !== undefined) setInterval(lookAgain, Number(main.dataset.every) * 1_000);
if (main.dataset.events !== undefined) listen(main.dataset.events);
if (document.querySelector('[data-retry]') !== null) retry();
document.querySelector('[role="alert"]')?.scrollIntoView({ block: 'nearest' });
