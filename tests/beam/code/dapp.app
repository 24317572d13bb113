{application, dapp,
 [{description, "an application on one of several nodes"},
  {vsn, "1"},
  {modules, [dapp]},
  {registered, [dapp_sup]},
  {applications, [kernel, stdlib]},
  {env, [{from_app, app}, {from_both, app}]},
  {mod, {dapp, []}}]}.
