/* Windows, MinGW: the Node-API functions are delay-loaded from "NODE.EXE". This hook finds them in whatever executable
 * has loaded the addon, so that a renamed node.exe, Electron and the like work too. For MSVC cmake-js brings its own. */
#include <windows.h> // first: delayimp.h uses its types and does not include it

#include <delayimp.h>
#include <string.h>

static FARPROC WINAPI host_of_this_process(unsigned event, PDelayLoadInfo info) {
    if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return NULL;
    return (FARPROC)GetModuleHandleA(NULL);
}

PfnDliHook __pfnDliNotifyHook2 = host_of_this_process;
