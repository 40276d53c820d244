// Swagger UI over the API's own description; nothing of it comes from elsewhere.
window.SwaggerUIBundle({ url: "openapi.json", dom_id: "#docs", validatorUrl: null, deepLinking: true });
