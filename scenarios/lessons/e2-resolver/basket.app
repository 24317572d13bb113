{application, basket, [
    {vsn, "1"},
    {modules, [basket, basket_sup]},
    {registered, [basket]},
    {applications, [kernel, stdlib]},
    {mod, {basket_sup, []}}
]}.
