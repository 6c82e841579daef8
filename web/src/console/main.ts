import "../kit/base.css";
