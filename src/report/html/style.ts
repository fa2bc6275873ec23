/** The page's style sheet: light and dark, from a phone to a wide screen, and on paper. */
export const style = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#5c6670;--line:#d9dee3;--soft:#f4f6f8;--accent:#2468b4;--error:#b3261e;--warning:#8a5a00;--info:#4a5a6a;--good:#1d6f42;--c0:#1668a8;--c1:#c45100;--c2:#00795a;--c3:#a8327c;--c4:#6d5bb8;--c5:#8a6a00;--c6:#c0392b;--c7:#4a5a6a}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e4e8ec;--dim:#9aa5b0;--line:#30373e;--soft:#1d2226;--accent:#7db4f0;--error:#ff8a80;--warning:#f0b64c;--info:#a9b8c6;--good:#6fd39b;--c0:#6db3f2;--c1:#f2a25c;--c2:#52d1a5;--c3:#f08cc8;--c4:#b3a6ff;--c5:#e3c04f;--c6:#ff9186;--c7:#a9b8c6}}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0 auto;padding:1.25rem clamp(.75rem,3vw,2.5rem) 4rem;max-width:110rem;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.25rem;margin:2.5rem 0 .25rem;overflow-wrap:anywhere}h3{font-size:1.05rem;margin:2rem 0 .4rem}
p{margin:.25rem 0 .75rem;max-width:75ch}a{color:var(--accent)}
.note,.facts,.about{color:var(--dim)}.facts,.about{margin:.1rem 0;max-width:none;overflow-wrap:anywhere}.about{font-size:.85rem}h1{overflow-wrap:anywhere}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.5rem;z-index:9}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.6rem;margin:.75rem 0;padding:0}
.cards div{background:var(--soft);border:1px solid var(--line);border-radius:.5rem;padding:.5rem .75rem}
.cards .error dd{color:var(--error)}.cards .warning dd{color:var(--warning)}.cards .good dd{color:var(--good)}.cards dd{overflow-wrap:anywhere}
.cards dt{color:var(--dim);font-size:.8rem}.cards dd{margin:0;font-size:1.15rem;font-variant-numeric:tabular-nums}
ul.flags{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:minmax(0,1fr);gap:.4rem}
ul.flags li{border-left:.25rem solid var(--info);background:var(--soft);padding:.4rem .75rem;border-radius:0 .4rem .4rem 0;overflow-wrap:anywhere}
ul.flags .error{border-color:var(--error)}ul.flags .good{border-color:var(--good)}ul.flags .warning{border-color:var(--warning)}
.tag{display:inline-block;font-size:.75rem;font-weight:600;max-width:100%;overflow-wrap:anywhere;margin-right:.4em}td .tag{white-space:nowrap;max-width:none}
.tag.error{color:var(--error)}.tag.warning{color:var(--warning)}.tag.info{color:var(--info)}.tag.good{color:var(--good)}
.tools{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end;margin:.5rem 0}
.tools label{font-size:.8rem;color:var(--dim);display:grid;gap:.15rem}
.tools input,.tools select{font:inherit;padding:.35rem .5rem;border:1px solid var(--line);border-radius:.4rem;background:var(--bg);color:var(--fg);min-width:min(18rem,70vw)}
.tools select{min-width:0}
.scroll{overflow:auto;border:1px solid var(--line);border-radius:.5rem;max-height:85vh}
table{border-collapse:separate;border-spacing:0;font-size:.85rem;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:.3rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th.l,td.l{text-align:left}td.long{white-space:normal;min-width:18rem}td.bar{background:linear-gradient(to left,color-mix(in srgb,var(--accent) 22%,transparent) var(--s),transparent 0)}
thead th{position:sticky;top:0;background:var(--soft);z-index:2;font-weight:600}
thead button{all:unset;cursor:pointer;font:inherit}thead button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
thead [aria-sort=ascending] button::after{content:" ▲"}thead [aria-sort=descending] button::after{content:" ▼"}
tbody th{position:sticky;left:0;background:var(--bg);z-index:1;text-align:left;font-weight:500;max-width:min(24rem,42vw);overflow:hidden;text-overflow:ellipsis}
tbody th:focus-within,tbody th:hover{overflow:visible;white-space:normal;overflow-wrap:anywhere}
thead th:first-child{left:0;z-index:3}
tbody tr:target th,tbody tr:target td{background:color-mix(in srgb,var(--accent) 14%,var(--bg))}
tbody tr:hover td,tbody tr:hover th{background:var(--soft)}
tbody tr.error th{box-shadow:inset .2rem 0 var(--error)}tbody tr.warning th{box-shadow:inset .2rem 0 var(--warning)}
svg.p{display:block;width:96px;height:28px}svg.p polyline{fill:none;stroke:var(--accent);stroke-width:1.5}svg.p path{fill:var(--accent)}svg.p path.under{opacity:.35}svg.p path.over{fill:none;stroke:var(--c1);stroke-width:1.5}
.heat{max-width:64rem}.heads{display:grid;grid-template-columns:repeat(var(--n),1fr);font-size:.75rem;color:var(--dim)}
.heads span{overflow:hidden;text-overflow:ellipsis;text-align:center;white-space:nowrap}
.heat.labelled{display:grid;grid-template-columns:fit-content(18rem) minmax(0,1fr);max-width:80rem}.heat.labelled .heads,.heat.labelled .heat-says{grid-column:2}
.labels{display:grid;grid-auto-rows:1fr;height:var(--h);font-size:.75rem;line-height:1.1;padding-right:.5rem;text-align:right}.labels span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;direction:rtl;unicode-bidi:plaintext;align-self:center}
.heat img{display:block;width:100%;height:var(--h);image-rendering:pixelated;border:1px solid var(--line)}
.heat-says{min-height:1.5em;font-size:.85rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;max-width:none}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(36rem,100%),1fr));gap:0 2rem}.charts section{min-width:0}
figure{margin:.5rem 0;overflow-x:auto}.picture svg{display:block;max-width:100%;height:auto}
.chart svg{display:block;width:100%;min-width:36rem;max-width:60rem;height:auto;font-size:12px}
.chart text{fill:var(--dim)}.chart .e{text-anchor:end}.chart .m{text-anchor:middle}.chart .title{fill:var(--fg)}
.axis line{stroke:var(--dim)}.axis .grid{stroke:var(--line)}
.mark line{stroke:currentColor;stroke-dasharray:4 3}.mark text,.chart text.name{fill:currentColor}.mark text{font-size:11px}
.curve path{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;vector-effect:non-scaling-stroke}.curve circle{fill:currentColor}
.curve.rest path{stroke-width:1;opacity:.45}.curve.dash path{stroke-dasharray:6 3}.legend .dash .key{background:repeating-linear-gradient(90deg,currentColor 0 .35em,transparent .35em .5em)}.curve .hit,.curve.rest .hit{stroke-dasharray:none;stroke-width:9;opacity:0}
.curve.on path,.curve:hover path{stroke-width:3.5;opacity:1}.curve.on .hit,.curve:hover .hit{stroke-width:9;opacity:0}
.chart .error,.legend .error{color:var(--error)}.chart .warning,.legend .warning{color:var(--warning)}.chart .info,.legend .info{color:var(--info)}.chart .good,.legend .good{color:var(--good)}.chart .rest,.legend .rest{color:var(--dim)}
.chart .c0,.legend .c0{color:var(--c0)}.chart .c1,.legend .c1{color:var(--c1)}.chart .c2,.legend .c2{color:var(--c2)}.chart .c3,.legend .c3{color:var(--c3)}.chart .c4,.legend .c4{color:var(--c4)}.chart .c5,.legend .c5{color:var(--c5)}.chart .c6,.legend .c6{color:var(--c6)}.chart .c7,.legend .c7{color:var(--c7)}
.dots circle{fill:currentColor;opacity:.65}.dots:hover circle{opacity:1}.legend .dot{display:inline-block;width:.7em;height:.7em;border-radius:50%;background:currentColor;margin-right:.4em}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:.25rem 0;padding:0;font-size:.85rem;max-height:9rem;overflow:auto}.legend li{overflow-wrap:anywhere}.legend a{color:inherit}
.legend .key{display:inline-block;width:1.1em;height:.2em;background:currentColor;vertical-align:.25em;margin-right:.35em}
.chart-says{display:block;min-height:1.5em;overflow-wrap:anywhere}
.tree ul{list-style:none;margin:0;padding-left:1.1rem}.tree>ul{padding:0}
.tree summary,.tree .leaf{display:flex;gap:.75rem;align-items:baseline;padding:.1rem 0;font-size:.9rem}
.tree summary{cursor:pointer}.tree summary::before{content:"▸";color:var(--dim);width:.8em}.tree details[open]>summary::before{content:"▾"}.tree summary::-webkit-details-marker{display:none}
.tree .leaf{padding-left:1.55em}
.tree .n{flex:1 1 auto;overflow-wrap:anywhere}.tree .v{color:var(--dim);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tree .b{flex:0 0 min(8rem,18vw);height:.6em;background:var(--soft);border-radius:.2em;overflow:hidden;align-self:center}.tree .b i{display:block;height:100%;background:var(--accent)}
dl.words{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;font-size:.9rem}dl.words dt{font-weight:600}dl.words dd{margin:0;color:var(--dim)}
details.more{margin:.5rem 0}details.more>summary{cursor:pointer;color:var(--accent)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:.75rem;border-radius:.5rem;font-size:.8rem}
@media (max-width:600px){.tree summary,.tree .leaf{flex-wrap:wrap}.heat.labelled{display:block}.labels{display:none}body{font-size:14px}th,td{padding:.25rem .45rem}.heads{font-size:.6rem}.tree .b{display:none}dl.words{grid-template-columns:1fr}dl.words dd{margin-bottom:.4rem}}
@media print{body{padding:0;max-width:none;font-size:9pt}.tools,.heat-says,.chart-says,.skip{display:none}.scroll{max-height:none;overflow:visible;border:0}table{font-size:6.5pt}thead th,tbody th{position:static}th,td{padding:1pt 3pt}tr{break-inside:avoid}svg.p{width:60px;height:18px}.heat img,svg.p{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`.trim()
