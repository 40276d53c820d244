// Swagger UI for the API's OpenAPI description; everything is loaded from this server.
window.SwaggerUIBundle({ url: "openapi.json", dom_id: "#docs", validatorUrl: null, deepLinking: true });
