{application, counter, [
    {vsn, "1"},
    {modules, [counter, counter_sup]},
    {registered, [counter]},
    {applications, [kernel, stdlib]},
    {mod, {counter_sup, []}}
]}.
