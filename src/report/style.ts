/** The style sheet of the report: no fonts and no pictures from anywhere, light and dark, and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --line: #e2e5ea; --text: #1b2330; --quiet: #5b6675; --link: #0b5cab;
  --done: #0b7a6b; --already: #8fcfc3; --restored: #6d5bd0; --failed: #c2333d; --unknown: #d97706; --drifted: #b0860b;
  --blocked: #66707f; --skipped: #b3bac5; --seat: #4a90d9; --open: #dde2e9;
  --on-dark: #ffffff; --on-light: #1b2330; --area: #0b7a6b1f; --good: #0b7a6b; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161d; --card: #1a2029; --line: #2d3643; --text: #e8ecf2; --quiet: #a2adbb; --link: #7ab7f5;
    --done: #3fb8a3; --already: #23665b; --restored: #9d8cf2; --failed: #f0727a; --unknown: #f2a33c; --drifted: #d8b13a;
    --blocked: #8b97a8; --skipped: #566273; --seat: #6fb0f2; --open: #38424f;
    --on-dark: #10151c; --on-light: #e8ecf2; --area: #3fb8a326; --good: #3fb8a3; --bad: #f0727a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 920px; margin: 0 auto; padding: 48px 24px 64px; }
header { margin-bottom: 28px; }
.kind { margin: 0; color: var(--quiet); font-size: 14px; letter-spacing: .04em; text-transform: uppercase; }
h1 { margin: 4px 0 8px; font-size: 34px; line-height: 1.2; letter-spacing: -.01em; overflow-wrap: anywhere; }
.lead { margin: 0; font-size: 19px; max-width: 46em; }
.when { margin: 10px 0 0; color: var(--quiet); }
.badge {
  display: inline-block; padding: 1px 10px; margin-right: 8px; border-radius: 99px; font-size: 14px; font-weight: 600;
  border: 1.5px solid currentColor;
}
.badge.good { color: var(--good); } .badge.bad { color: var(--bad); } .badge.open { color: var(--link); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 24px 28px; margin: 20px 0; }
h2 { margin: 0 0 4px; font-size: 21px; letter-spacing: -.005em; }
h3 { margin: 24px 0 4px; font-size: 16px; }
section > p { margin: 0 0 16px; color: var(--quiet); max-width: 52em; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px; margin: 24px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 18px; }
.tile dt { color: var(--quiet); font-size: 14px; }
.tile dd { margin: 2px 0 0; font-size: 29px; white-space: nowrap; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile dd small { display: block; font-size: 13.5px; white-space: normal; line-height: 1.4; margin-top: 3px; font-weight: 400; color: var(--quiet); }
.tile.good dd { color: var(--good); } .tile.bad dd { color: var(--bad); }
.tile dd small { color: var(--quiet); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 6px 24px; margin: 12px 0 0; }
.facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 4px 0 16px; padding: 0; list-style: none; font-size: 14px; }
.legend li { display: flex; align-items: center; gap: 7px; }
.legend svg { width: 12px; height: 12px; } .legend svg.wide { width: 28px; }
.chart { display: block; width: 100%; height: auto; font-size: 13.5px; font-variant-numeric: tabular-nums; }
.chart text { fill: var(--text); } .chart .quiet { fill: var(--quiet); } .chart .strong { font-weight: 650; }
.fill-done { fill: var(--done); } .fill-already { fill: var(--already); } .fill-restored { fill: var(--restored); }
.fill-failed { fill: var(--failed); } .fill-unknown { fill: var(--unknown); } .fill-drifted { fill: var(--drifted); }
.fill-blocked { fill: var(--blocked); } .fill-skipped { fill: var(--skipped); } .fill-seat { fill: var(--seat); }
.fill-open { fill: var(--open); }
.chart [class^="on-"] { fill: var(--on-dark); font-weight: 600; }
.chart .on-already, .chart .on-skipped, .chart .on-open { fill: var(--on-light); }
.line-done, .line-restored, .line-failed { fill: none; stroke-width: 2.25; stroke-linejoin: round; }
.line-done { stroke: var(--done); } .line-restored { stroke: var(--restored); stroke-dasharray: 7 4; }
.line-failed { stroke: var(--failed); stroke-dasharray: 2 3; } .area-done { fill: var(--area); }
.grid { stroke: var(--line); } .axis { stroke: var(--quiet); }
.mark { stroke: var(--quiet); stroke-dasharray: 3 3; } .mark-dot { fill: var(--card); stroke: var(--quiet); }
.chart .mark-letter { font-size: 12px; font-weight: 650; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding-bottom: 6px; }
th, td { text-align: left; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } thead th { color: var(--quiet); font-weight: 500; white-space: nowrap; }
th.n, td.n { text-align: right; white-space: nowrap; }
tr:last-child > * { border-bottom: 0; }
td small, dd small { color: var(--quiet); } td { overflow-wrap: anywhere; } td.nowrap { white-space: nowrap; }
code { font: 13px ui-monospace, SFMono-Regular, Consolas, monospace; }
details { margin-top: 16px; font-size: 14.5px; } summary { cursor: pointer; color: var(--link); width: max-content; }
details[open] summary { margin-bottom: 10px; }
footer { color: var(--quiet); font-size: 14px; margin-top: 28px; overflow-wrap: anywhere; }
footer p { margin: 4px 0; }
@media (max-width: 560px) {
  main { padding: 24px 14px; } section { padding: 18px 16px; } h1 { font-size: 27px; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 8px; }
}
@media print {
  :root { --page: #fff; } body { font-size: 12px; } main { max-width: none; padding: 0; }
  section, .tile { break-inside: avoid; border-color: #bbb; } details:not([open]) { display: none; }
}
`;
