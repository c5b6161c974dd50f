-- The shortcodes of a briefing. What each prints was worked out and checked beforehand and stands in one
-- JSON file; nothing is computed here, so that Quarto and the built-in renderer give the same content.

local content

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return pandoc.json.decode(text)
end

local function load_content()
  if content then return content end
  local path = os.getenv("FJANALYSIS_CONTENT")
  if not path then
    -- By its last folders: Quarto may name the file through a link, or with backslashes.
    local name = quarto.doc.input_file:gsub("\\", "/"):match("briefings/[^/]+/[^/]+$")
    path = quarto.project.directory .. "/.fjanalysis/content/" .. (name or "") .. ".json"
  end
  content = read(path) or error("No content was prepared at " .. path .. ": run fjanalysis render, or quarto render in the project.")
  return content
end

local function text(value) return pandoc.utils.stringify(value) end

local function key_of(name, args, kwargs)
  local parts = { name }
  for _, arg in ipairs(args) do parts[#parts + 1] = text(arg) end
  local names = {}
  for each in pairs(kwargs) do names[#names + 1] = each end
  table.sort(names)
  for _, each in ipairs(names) do parts[#parts + 1] = each .. "=" .. text(kwargs[each]) end
  return table.concat(parts, "\u{1f}")
end

local function words(entry)
  local inlines = pandoc.Inlines(entry.text)
  if not entry.class or entry.class == "" then return inlines end
  local attributes = entry.key ~= "" and { ["data-key"] = entry.key } or {}
  return pandoc.Inlines({ pandoc.Span(inlines, pandoc.Attr("", pandoc.List(entry.class:gmatch("%S+")), attributes)) })
end

-- A title's parts in order, spaces at their ends kept.
local function title(parts)
  local inlines = pandoc.Inlines({})
  for _, part in ipairs(parts) do
    if part.text:match("^%s") then inlines:insert(pandoc.Space()) end
    inlines:extend(words(part))
    if part.text:match("%S%s+$") then inlines:insert(pandoc.Space()) end
  end
  return inlines
end

local function figure(entry)
  local caption = pandoc.Inlines({
    pandoc.Span(title(entry.title), { class = "headline" }), pandoc.Space(),
    pandoc.Span(pandoc.Inlines(entry.subtitle), { class = "subtitle" }),
  })
  return quarto.FloatRefTarget({
    identifier = entry.anchor,
    type = entry.type,
    content = pandoc.Blocks({ pandoc.RawBlock("html", entry.html) }),
    caption_long = caption,
  })
end

local function definitions(entry)
  local items = {}
  for _, pair in ipairs(entry.items) do
    items[#items + 1] = { pandoc.Inlines(pair[1]), { pandoc.Blocks({ pandoc.Plain(pandoc.Inlines(pair[2])) }) } }
  end
  return pandoc.DefinitionList(items)
end

-- A paragraph of words, and below it a figure where there is one. FloatRefTarget gives two values: one is wanted.
local function blocks(entry)
  local found = pandoc.Blocks({ pandoc.Para(title(entry.words)) })
  if entry.figure then found:insert((figure(entry.figure))) end
  return found
end

local writers = { blocks = blocks, words = words, figure = figure, definitions = definitions }

local function handler(name)
  return function(args, kwargs)
    local entry = load_content().calls[key_of(name, args, kwargs)]
    if not entry then error("The shortcode '" .. name .. "' was not prepared: render again with fjanalysis render.") end
    return writers[entry.kind](entry)
  end
end

local handlers = {}
for _, name in ipairs({ "value", "change", "period", "chart", "table", "definition", "definitions", "changes", "parameter", "fact" }) do
  handlers[name] = handler(name)
end
return handlers
