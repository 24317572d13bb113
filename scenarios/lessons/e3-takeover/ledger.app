{application, ledger, [
    {vsn, "1"},
    {modules, [ledger, ledger_app]},
    {registered, [ledger]},
    {applications, [kernel, stdlib]},
    {mod, {ledger_app, []}}
]}.
