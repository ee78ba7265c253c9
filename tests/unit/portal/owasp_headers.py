"""The headers that the OWASP Secure Headers Project has sites add and remove, and where the portal differs.

https://github.com/OWASP/www-project-secure-headers, mainsite/03_best_practices.md and ci/headers_remove.json.
"""

from __future__ import annotations

ADD = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Frame-Options": "deny",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; "
    "frame-ancestors 'none'; upgrade-insecure-requests",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Referrer-Policy": "no-referrer",
    "Clear-Site-Data": '"cache","cookies","storage"',
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), autoplay=(), camera=(), cross-origin-isolated=(), display-capture=(), "
    "encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), keyboard-map=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), sync-xhr=(self), "
    "usb=(), web-share=(), xr-spatial-tracking=(), clipboard-read=(), clipboard-write=(), gamepad=(), hid=(), "
    "idle-detection=(), interest-cohort=(), serial=(), unload=()",
    "Cache-Control": "no-store, max-age=0",
    "X-DNS-Prefetch-Control": "off",
}

REMOVE = set(
    "$wsep Host-Header K-Proxy-Request Liferay-Portal OracleCommerceCloud-Version Pega-Host Powered-By Product Server "  # noqa: SIM905
    "SourceMap Via X-AspNet-Version X-AspNetMvc-Version X-Atmosphere-error X-Atmosphere-first-request "
    "X-Atmosphere-tracking-id X-B3-ParentSpanId X-B3-Sampled X-B3-SpanId X-B3-TraceId X-BEServer X-CF-Powered-By X-CMS "
    "X-CalculatedBETarget X-Cocoon-Version X-Content-Encoded-By X-DiagInfo X-Envoy-Attempt-Count "
    "X-Envoy-External-Address X-Envoy-Internal X-Envoy-Original-Dst-Host X-Envoy-Upstream-Service-Time X-FEServer "
    "X-Framework X-Generated-By X-Generator X-Jitsi-Release X-Joomla-Version X-Kubernetes-PF-FlowSchema-UI "
    "X-Kubernetes-PF-PriorityLevel-UID X-LiteSpeed-Cache X-LiteSpeed-Purge X-LiteSpeed-Tag X-LiteSpeed-Vary "
    "X-Litespeed-Cache-Control X-Mod-Pagespeed X-Nextjs-Cache X-Nextjs-Matched-Path X-Nextjs-Page X-Nextjs-Redirect "
    "X-OWA-Version X-Old-Content-Length X-OneAgent-JS-Injection X-Page-Speed X-Php-Version X-Powered-By "
    "X-Powered-By-Plesk X-Powered-CMS X-Redirect-By X-Server-Powered-By X-SourceFiles X-SourceMap X-Turbo-Charged-By "
    "X-Umbraco-Version X-Varnish-Backend X-Varnish-Server X-dtAgentId X-dtHealthCheck X-dtInjectedServlet "
    "X-ruxit-JS-Agent".split()
)

EXCEPTIONS = {
    "no HTTPS": "Strict-Transport-Security means nothing on http://, which is for this machine only",
    "upgrade-insecure-requests": "pages refer to 'self' alone, which has HTTPS; on http://127.0.0.1 it breaks them",
    "Clear-Site-Data": "on signing out only, as the project advises; cookies are left, because browsers clear those of "
    "the organisation's whole domain: signing out ends the session at the server and replaces the cookie",
    "clipboard-write": "the button that copies the password of a ZIP",
    "publickey-credentials-get": "passkeys",
    "web-share": "Chromium on a desktop knows no such feature and says so in the console of each page",
    "interest-cohort": "gone from all browsers; its successor browsing-topics is off",
    "the body": "the frame of a mail is framed by the portal itself: SAMEORIGIN, frame-ancestors 'self'",
    "assets": "style sheets, the script and the logo say nothing of anybody and have an address that changes with them",
}
"""What differs, and why."""
