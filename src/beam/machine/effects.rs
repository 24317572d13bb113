//! Natives that depend on the process alone.

#![expect(clippy::unnecessary_wraps, reason = "natives have one signature")]

use super::context::Context;
use crate::beam::atom::{self, Atom};
use crate::beam::external;
use crate::beam::function::FunctionName;
use crate::beam::heap::{Bits, ExternalFun, Heap};
use crate::beam::image::Image;
use crate::beam::native::{Effect, Next, Raise};
use crate::beam::value::Value;

type Result = std::result::Result<Next, Raise>;

/// The functions of module `erlang` that are here.
pub(in crate::beam) const EFFECTS: &[(&str, u8, Effect)] = &[
    ("self", 0, |ctx, _| Ok(Next::Return(ctx.local.process.pid_value()))),
    ("node", 0, |ctx, _| Ok(Next::Return(ctx.local.process.pid().life.node().into()))),
    ("node", 1, node_of),
    ("group_leader", 0, |ctx, _| Ok(Next::Return(ctx.local.process.group_leader))),
    ("get", 0, |ctx, _| Ok(Next::Return(dictionary(ctx)))),
    ("get", 1, |ctx, args| Ok(Next::Return(dictionary_get(ctx, args[0])))),
    ("get_keys", 0, |ctx, _| Ok(Next::Return(dictionary_keys(ctx, None)))),
    ("get_keys", 1, |ctx, args| Ok(Next::Return(dictionary_keys(ctx, Some(args[0]))))),
    ("put", 2, dictionary_put),
    ("erase", 0, dictionary_erase_all),
    ("erase", 1, dictionary_erase),
    ("yield", 0, |_, _| Ok(Next::Yield(Value::boolean(true)))),
    ("bump_reductions", 1, |_, _| Ok(Next::Return(Value::boolean(true)))),
    ("garbage_collect", 0, |_, _| Ok(Next::Return(Value::boolean(true)))),
    ("hibernate", 3, hibernate),
    ("function_exported", 3, function_exported),
    ("module_loaded", 1, module_loaded),
    ("get_module_info", 1, module_infos),
    ("get_module_info", 2, module_info),
    ("fun_info", 2, fun_info),
    ("make_fun", 3, make_fun),
];

fn node_of(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let heap = &ctx.local.heap;
    let life = heap.as_pid(args[0]).map(|pid| pid.life);
    let life = life.or_else(|| heap.as_reference(args[0]).map(|reference| reference.life));
    let life = life.or_else(|| heap.as_port(args[0]).map(|port| port.life));
    life.map(|life| Next::Return(life.node().into())).ok_or(Raise::BADARG)
}

fn dictionary(ctx: &mut Context<'_>) -> Value {
    let pairs = ctx.local.process.dictionary.iter();
    let pairs: Vec<Value> =
        pairs.map(|(key, value)| ctx.local.heap.tuple(&[*key, *value])).collect();
    ctx.local.heap.list(&pairs)
}

fn place_of(ctx: &Context<'_>, key: Value) -> Option<usize> {
    ctx.local.process.dictionary.iter().position(|pair| ctx.local.heap.equals(pair.0, key))
}

fn dictionary_get(ctx: &Context<'_>, key: Value) -> Value {
    let undefined = atom::UNDEFINED.into();
    place_of(ctx, key).map_or(undefined, |place| ctx.local.process.dictionary[place].1)
}

/// The keys, or those of one value.
fn dictionary_keys(ctx: &mut Context<'_>, of: Option<Value>) -> Value {
    let heap = &*ctx.local.heap;
    let pairs = ctx.local.process.dictionary.iter();
    let pairs = pairs.filter(|pair| of.is_none_or(|value| heap.equals(pair.1, value)));
    let keys: Vec<Value> = pairs.map(|pair| pair.0).collect();
    ctx.local.heap.list(&keys)
}

fn dictionary_put(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let place = place_of(ctx, args[0]);
    let dictionary = &mut ctx.local.process.dictionary;
    Ok(Next::Return(if let Some(place) = place {
        std::mem::replace(&mut dictionary[place].1, args[1])
    } else {
        dictionary.push((args[0], args[1]));
        atom::UNDEFINED.into()
    }))
}

fn dictionary_erase(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let place = place_of(ctx, args[0]);
    let dictionary = &mut ctx.local.process.dictionary;
    let undefined = atom::UNDEFINED.into();
    Ok(Next::Return(place.map_or(undefined, |place| dictionary.remove(place).1)))
}

fn dictionary_erase_all(ctx: &mut Context<'_>, _: &[Value]) -> Result {
    let all = dictionary(ctx);
    ctx.local.process.dictionary.clear();
    Ok(Next::Return(all))
}

fn hibernate(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let (Some(module), Some(function)) = (args[0].as_atom(), args[1].as_atom()) else {
        return Err(Raise::BADARG);
    };
    let args = ctx.local.heap.as_list(args[2]).ok_or(Raise::BADARG)?;
    Ok(Next::Hibernate { module, function, args })
}

fn function_exported(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let (Some(module), Some(function), Some(arity)) =
        (args[0].as_atom(), args[1].as_atom(), args[2].as_small())
    else {
        return Err(Raise::BADARG);
    };
    let name = u8::try_from(arity).map(|arity| FunctionName::new(module, function, arity));
    let is_exported = name.is_ok_and(|name| ctx.local.code.export(name).is_some());
    Ok(Next::Return(is_exported.into()))
}

fn module_loaded(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let module = args[0].as_atom().ok_or(Raise::BADARG)?;
    Ok(Next::Return(ctx.local.code.module(module).is_some().into()))
}

/// What `Module:module_info/1` tells, in the order of `Module:module_info/0`.
const INFOS: [&str; 5] = ["module", "exports", "attributes", "compile", "md5"];

fn module_infos(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let image = args[0].as_atom().and_then(|module| ctx.local.code.module(module));
    let image = image.ok_or(Raise::BADARG)?;
    let heap = &mut *ctx.local.heap;
    let mut items = Vec::new();
    for name in INFOS {
        let value = info_of(heap, image, name).ok_or(Raise::BADARG)?;
        items.push(heap.tuple(&[Atom::new(name).into(), value]));
    }
    Ok(Next::Return(heap.list(&items)))
}

fn module_info(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let image = args[0].as_atom().and_then(|module| ctx.local.code.module(module));
    let (Some(image), Some(name)) = (image, args[1].as_atom()) else { return Err(Raise::BADARG) };
    info_of(ctx.local.heap, image, name.as_str()).map(Next::Return).ok_or(Raise::BADARG)
}

fn info_of(heap: &mut Heap, image: &Image, name: &str) -> Option<Value> {
    let names = |heap: &mut Heap, names: &mut dyn Iterator<Item = (Atom, u8)>| {
        let pair =
            |(name, arity): (Atom, u8)| heap.tuple(&[name.into(), Value::small(arity.into())]);
        let pairs: Vec<Value> = names.map(pair).collect();
        heap.list(&pairs)
    };
    let read = |heap: &mut Heap, bytes: &[u8]| {
        external::decode(heap, bytes).map_or(Value::NIL, |(value, _)| value)
    };
    Some(match name {
        "module" => image.name.into(),
        "exports" => {
            let parts = image.exports.iter().map(|export| export.0.parts());
            names(heap, &mut parts.map(|(_, name, arity)| (name, arity)))
        }
        "functions" => {
            let functions = image.functions().iter();
            names(heap, &mut functions.map(|function| (function.name, function.arity)))
        }
        "attributes" => read(heap, &image.info.attributes),
        "compile" => read(heap, &image.info.compilation),
        "md5" => heap.bits(Bits::of(&image.info.md5)),
        "nifs" => Value::NIL,
        "native" => Value::boolean(false),
        _ => return None,
    })
}

fn make_fun(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let arity = args[2].as_small().and_then(|arity| u8::try_from(arity).ok());
    match (args[0].as_atom(), args[1].as_atom(), arity) {
        (Some(module), Some(function), Some(arity)) => {
            let fun = ExternalFun { module, function, arity };
            Ok(Next::Return(ctx.local.heap.external_fun(fun)))
        }
        (Some(_) | None, Some(_) | None, Some(_) | None) => Err(Raise::BADARG),
    }
}

fn fun_info(ctx: &mut Context<'_>, args: &[Value]) -> Result {
    let heap = &mut *ctx.local.heap;
    let name = args[1].as_atom().ok_or(Raise::BADARG)?;
    let image = heap.as_fun(args[0]).map(|fun| (fun.module, fun.index));
    let function = image.and_then(|(module, index)| {
        let image = ctx.local.code.module(module)?;
        let place = image.funs.get(index as usize)?.place;
        image.function_at(place).map(|function| function.name)
    });
    let value = match (heap.as_fun(args[0]), heap.as_external_fun(args[0])) {
        (Some(fun), _) => {
            let free = fun.free.to_vec();
            match name.as_str() {
                "module" => fun.module.into(),
                "name" => function.unwrap_or(atom::EMPTY).into(),
                "arity" => Value::small(fun.arity.into()),
                "env" => heap.list(&free),
                "type" => Atom::new("local").into(),
                "index" | "new_index" => Value::small(fun.index.into()),
                "uniq" => Value::small(fun.uniq.into()),
                _ => return Err(Raise::BADARG),
            }
        }
        (None, Some(fun)) => match name.as_str() {
            "module" => fun.module.into(),
            "name" => fun.function.into(),
            "arity" => Value::small(fun.arity.into()),
            "env" => Value::NIL,
            "type" => Atom::new("external").into(),
            _ => atom::UNDEFINED.into(),
        },
        (None, None) => return Err(Raise::BADARG),
    };
    Ok(Next::Return(heap.tuple(&[args[1], value])))
}
