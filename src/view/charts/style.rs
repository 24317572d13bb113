//! The style of the charts.

/// Every class has a shape or a pattern of its own besides its colour.
pub(super) const STYLE: &str = "
body { margin: 0 auto; padding: 12px 20px 40px; max-width: 1240px; background: var(--paper); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 19px; margin: 8px 0 2px; } h2 { font-size: 15px; margin: 26px 0 6px; } h3 { font-size: 13px; margin: 0 0 2px; }
p { margin: 4px 0; } .soft { color: var(--soft); } .bad { color: var(--bad-ink); }
.plots { display: flex; flex-wrap: wrap; gap: 18px; } figure { margin: 0; }
svg { display: block; max-width: 100%; height: auto; font: 11px system-ui, sans-serif; } svg text { fill: var(--soft); }
.axis { stroke: var(--rule); } .begin { stroke: var(--soft); stroke-width: 2; } .limit { stroke: var(--bad); stroke-dasharray: 5 3; } .t0 { stroke: var(--message); fill: none; stroke-width: 1.8; } .t1 { stroke: var(--app-ink); fill: none; stroke-width: 1.8; stroke-dasharray: 6 2; } .t2 { stroke: var(--late-edge); fill: none; stroke-width: 1.8; stroke-dasharray: 2 2; }
.dot { fill: var(--message); } .ring { fill: none; stroke: var(--late-edge); stroke-width: 1.6; } .cross { stroke: var(--bad); stroke-width: 1.8; fill: none; } .stripe { fill: var(--panel); }
table { border-collapse: collapse; } th, td { text-align: left; padding: 2px 12px 2px 0; border-bottom: 1px solid var(--rule); vertical-align: top; } th { color: var(--soft); font-weight: 600; } td.n { text-align: right; }
code, pre { font: 12px ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; } pre { background: var(--panel); padding: 6px 10px; margin: 4px 0; }
meter { width: 130px; } details { margin: 3px 0; } summary { cursor: pointer; min-height: 24px; } :focus-visible { outline: 2px solid var(--message); outline-offset: 1px; }
@media print { details > * { display: block; } }
";
