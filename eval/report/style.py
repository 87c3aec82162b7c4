"""How the report looks: newspaper type on paper, nothing loaded from elsewhere."""

STYLE = """
:root {
  --ink: #23211e; --soft: #6d675f; --line: #e2dcd2; --paper: #fbf9f5; --card: #fff; --accent: #1f5f8b;
  --good: #35713f; --bad: #a5352b;
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 "Helvetica Neue", Helvetica, Arial, sans-serif;
}
main { max-width: 1060px; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
h1, h2, h3, .lead, figcaption {
  font-family: Georgia, "Times New Roman", serif; font-weight: 600; line-height: 1.2;
}
h1 { font-size: 2.5rem; margin: 0.1em 0; }
h2 { font-size: 1.5rem; margin: 3rem 0 1rem; padding-top: 0.8rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.1rem; margin: 1.8rem 0 0.6rem; }
.kicker {
  text-transform: uppercase; letter-spacing: 0.14em; font-size: 0.75rem; color: var(--accent);
  font-weight: 700; margin: 0;
}
.lead { font-weight: 400; font-size: 1.15rem; color: var(--soft); margin: 0.3rem 0 0; }
.note, .unit, .interval, .same { color: var(--soft); font-size: 0.85rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td {
  text-align: left; padding: 0.45rem 0.9rem 0.45rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top;
}
thead th { color: var(--soft); font-size: 0.8rem; text-transform: uppercase; letter-spacing: 0.06em; }
tbody th { font-weight: 500; }
table.slices { font-size: 0.9rem; }
table.words { font-size: 0.88rem; }
table.words td { color: var(--soft); overflow-wrap: anywhere; }
table.words th { white-space: nowrap; }
td.absent { color: #b8b1a6; }
.bar {
  display: block; height: 4px; background: var(--line); border-radius: 2px; margin-top: 0.3rem;
  max-width: 15rem;
}
.bar span { display: block; height: 4px; border-radius: 2px; background: var(--accent); }
.bar.lower span { background: #c8642a; }
.better { color: var(--good); } .worse { color: var(--bad); } .apart { font-weight: 700; }
span.better, span.worse { font-size: 0.85rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 1.5rem; }
figure {
  margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 1rem 1.2rem;
}
figcaption { margin-bottom: 0.6rem; } figure img { width: 100%; height: auto; }
details { border-bottom: 1px solid var(--line); padding: 0.5rem 0; }
summary { cursor: pointer; } summary:hover { color: var(--accent); }
details.card[open] {
  background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 0.8rem 1.2rem;
  margin: 0.5rem 0;
}
.tag {
  display: inline-block; font-size: 0.72rem; background: #efeae1; color: var(--soft); border-radius: 3px;
  padding: 0.05rem 0.45rem; margin-right: 0.4rem;
}
.tag.better { background: #e4efe3; color: var(--good); }
.tag.worse { background: #f6e3e0; color: var(--bad); }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: 0.5rem 1rem; margin: 0.8rem 0; }
dt { color: var(--soft); font-size: 0.85rem; padding-top: 0.1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
dd p { margin: 0 0 0.3rem; }
blockquote {
  margin: 0 0 0.8rem; padding-left: 0.9rem; border-left: 3px solid var(--line);
  font-family: Georgia, serif;
}
blockquote footer {
  font: 0.82rem "Helvetica Neue", Helvetica, Arial, sans-serif; color: var(--soft); margin-top: 0.2rem;
}
mark { background: #fbeaa6; }
aside {
  background: var(--card); border: 1px dashed var(--soft); border-radius: 6px;
  padding: 0.2rem 1.2rem 1rem; margin-top: 1.5rem;
}
@media (max-width: 640px) { dl { grid-template-columns: 1fr; gap: 0.1rem; } .pictures { grid-template-columns: 1fr; } }
@media print { details { break-inside: avoid; } body { background: #fff; } }
"""
