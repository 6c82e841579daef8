import { mount } from "svelte";
import "../kit/base.css";
import Front from "./Front.svelte";

mount(Front, { target: document.getElementById("app")! });
