//! Modules: what the host hands over, and how QuickJS finds it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::{Declared, Evaluated};
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Error, Module, Object, Result};

use crate::Component;
use crate::bindings::exports::wasock::engine::compiler;
use crate::bindings::exports::wasock::websocket::lifecycle::Exception;
use crate::{failure, names, natives, random, runtime};

/// The module through which the shim reaches its native functions.
const NATIVE_MODULE: &str = "wasock:native";

struct Source {
    /// None once it is compiled: what was compiled lives on in QuickJS.
    text: Option<String>,
    imports: BTreeMap<String, String>,
}

thread_local! {
    static SOURCES: RefCell<BTreeMap<String, Source>> = const { RefCell::new(BTreeMap::new()) };
    /// The compiled script. The lifetime is that of the instance, whose only context it is of.
    static ENTRY: RefCell<Option<Module<'static, Declared>>> = const { RefCell::new(None) };
}

impl compiler::Guest for Component {
    fn load(
        modules: Vec<compiler::Module>,
        evaluate: Vec<String>,
        entry: String,
    ) -> std::result::Result<(), Exception> {
        assert!(!runtime::exists(), "load is called once");
        runtime::create();
        SOURCES.set(modules.into_iter().map(into_source).collect());
        runtime::with(|ctx| {
            install(ctx, &evaluate)
                .and_then(|()| {
                    runtime::begin_script();
                    compile(ctx, &entry)
                })
                .map_err(|error| failure::catch(ctx, error))
        })?;
        runtime::freeze();
        Ok(())
    }
}

fn into_source(module: compiler::Module) -> (String, Source) {
    let imports = module.imports.into_iter().collect();
    (module.name, Source { text: Some(module.source), imports })
}

/// Evaluates the modules of the shim.
fn install(ctx: &Ctx<'_>, evaluate: &[String]) -> Result<()> {
    random::install(ctx)?;
    names::intern(ctx);
    for name in evaluate {
        let promise = Module::import(ctx, name.as_str())?;
        while ctx.execute_pending_job() {}
        if promise.state() != PromiseState::Resolved {
            promise.result::<()>().transpose()?;
            return Err(Error::new_loading_message(name, "its evaluation does not end"));
        }
    }
    Ok(())
}

/// Compiles the script and all it imports, without running any of it. Modules that only an
/// `import()` may ask for are compiled too: there is no other time for it.
fn compile(ctx: &Ctx<'_>, entry: &str) -> Result<()> {
    let module = declare(ctx, entry)?;
    let names: Vec<String> = SOURCES.with_borrow(|sources| {
        let left = sources.iter().filter(|(_, source)| source.text.is_some());
        left.map(|(name, _)| name.clone()).collect()
    });
    for name in names {
        // Compiling one may have compiled another that it imports.
        if SOURCES.with_borrow(|sources| sources[&name].text.is_some()) {
            declare(ctx, &name)?;
        }
    }
    // SAFETY: the context is never dropped, and `evaluate` gives the module its lifetime back.
    let module =
        unsafe { std::mem::transmute::<Module<'_, Declared>, Module<'static, Declared>>(module) };
    ENTRY.set(Some(module));
    Ok(())
}

/// Runs the top level of the script. The promise settles when all of it has run.
pub fn evaluate<'js>(ctx: &Ctx<'js>) -> Result<(Module<'js, Evaluated>, rquickjs::Promise<'js>)> {
    let module = ENTRY.take().expect("init is called once, after load");
    // SAFETY: there is one context, so `ctx` is the one that the module was compiled in.
    let module: Module<'js, Declared> = unsafe { std::mem::transmute(module) };
    debug_assert_eq!(module.ctx().as_raw(), ctx.as_raw());
    module.eval()
}

fn declare<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Module<'js, Declared>> {
    let text = SOURCES
        .with_borrow_mut(|sources| sources.get_mut(name).and_then(|source| source.text.take()))
        .ok_or_else(|| Error::new_loading(name))?;
    Module::declare(ctx.clone(), name, text)
}

/// Resolver and loader over the modules that the host handed over.
pub struct ModuleTable;

impl Resolver for ModuleTable {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        SOURCES.with_borrow(|sources| {
            let imports = sources.get(base).map(|source| &source.imports);
            match imports.and_then(|imports| imports.get(name)) {
                Some(resolved) => Ok(resolved.clone()),
                // The engine itself asks for the modules of the shim, from nowhere.
                None if base.is_empty() => Ok(name.to_owned()),
                None => Err(Error::new_resolving(base, name)),
            }
        })
    }
}

impl Loader for ModuleTable {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        if name == NATIVE_MODULE {
            return Module::declare_def::<NativeModule, _>(ctx.clone(), name);
        }
        declare(ctx, name)
    }
}

/// `import { native } from 'wasock:native'`.
struct NativeModule;

impl rquickjs::module::ModuleDef for NativeModule {
    fn declare(declarations: &rquickjs::module::Declarations<'_>) -> Result<()> {
        declarations.declare("native")?;
        Ok(())
    }

    fn evaluate<'js>(ctx: &Ctx<'js>, exports: &rquickjs::module::Exports<'js>) -> Result<()> {
        let native = Object::new(ctx.clone())?;
        natives::install(ctx, &native)?;
        exports.export("native", native)?;
        Ok(())
    }
}
