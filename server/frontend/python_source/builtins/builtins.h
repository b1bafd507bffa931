// What Python code finds without giving a source for it: Python's own functions and types, torch,
// and the parts of the standard library that models use.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_BUILTINS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_BUILTINS_H_

#include "server/frontend/python_source/interpreter/library.h"

namespace sconce::python {

void AddBuiltins(Library& library);

// The parts, one file each.
void AddFunctions(Library& library);           // len, range, zip, isinstance, …
void AddTypes(Library& library);               // int, list, property, super, …
void AddExceptions(Library& library);          // ValueError, …
void AddStandardModules(Library& library);     // math, collections, functools, …
void AddDataClasses(Library& library);         // dataclasses
void AddSystem(Library& library);              // sys, os
void AddRegularExpressions(Library& library);  // re
void AddInspect(Library& library);             // inspect
void AddConfigurations(Library& library);      // SimpleNamespace, EasyDict, …
void AddCommandLine(Library& library);         // argparse
void AddModuleClass(Library& library);         // torch.nn.Module, torch.nn.Parameter
void AddTorch(Library& library);               // torch
void AddLightning(Library& library);           // LightningModule

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_BUILTINS_H_
