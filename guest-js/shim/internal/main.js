// The first module of the shim: it runs once, before the snapshot, and every virtual user starts
// from what it leaves. Nothing here or below may ask the host for anything at that time.

import { defineGlobals } from 'wasock:globals';
import * as lifecycle from 'wasock:lifecycle';
import { native } from 'wasock:native';
import { state } from 'wasock:state';

defineGlobals();
native.setHooks({ ...lifecycle, state });
